"""Every malformed entry is refused with a message that names entry, key, value and what is wanted."""

import pytest

import lossbook as lb
from lossbook.claims import ClaimsFileError, store


def test_reads_a_good_entry(entry, write):
    write(entry)
    found = store.get("mse-one-outlier")
    assert [part.name for part in found.parts] == ["shift_ratio", "sideways"]
    assert [part.role for part in found.parts] == ["main", "condition"]
    assert found.parts[0].holds_if.marks == (10.0,)
    assert found.sampling == "8 seeds, 95% interval of the mean"


def test_file_of_the_book_is_valid_and_ships():
    assert isinstance(store.load(store.Path(lb.__file__).parents[1] / "chapters" / "claims.yml"), dict)


def test_a_change_of_the_file_is_seen(entry, write):
    write(entry)
    store.load()
    entry["id"] = "another-claim"
    path = write(entry)
    stat = path.stat()
    store.os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 10**6))
    assert list(store.load()) == ["another-claim"]


def test_unknown_id_lists_near_names(entry, write):
    write(entry)
    with pytest.raises(LookupError, match="did you mean 'mse-one-outlier'"):
        lb.rule("mse-one-outliers")
    with pytest.raises(LookupError, match="it has 1 claims"):
        lb.claim("zzz", control={"a": 1.0})


BAD = {
    "id": ("Not Kebab", "lower-case words"),
    "page": ("chapters/types/huber.ipynb", "under chapters/ without suffix"),
    "seeds": (1, "at least 2"),
    "verdict": ("true", "one of holds"),
    "because": (None, "a sentence that says why"),
    "control": (None, "want a text"),
    "statement": (["a"], "want a text"),
    "parts": ([], "at least one part"),
}


@pytest.mark.parametrize("key", BAD)
def test_bad_value_of_a_key(entry, write, key):
    entry[key], message = BAD[key]
    write(entry)
    with pytest.raises(ClaimsFileError, match=rf"entry 1.*{key}.*{message}"):
        store.load()


BAD_PARTS = {
    "name": ("two words", "a Python name"),
    "role": ("side", "main or condition"),
    "holds_if": ("10 <", "in quotes"),
    "says": (None, "want a text"),
}


@pytest.mark.parametrize("key", BAD_PARTS)
def test_bad_value_in_a_part(entry, write, key):
    entry["parts"][1][key], message = BAD_PARTS[key]
    write(entry)
    with pytest.raises(ClaimsFileError, match=rf"mse-one-outlier.*parts\[1\].*{key}.*{message}"):
        store.load()


def test_unknown_key_and_its_near_name(entry, write):
    entry["statment"] = entry.pop("statement")
    write(entry)
    with pytest.raises(ClaimsFileError, match="unknown key 'statment'; did you mean 'statement'"):
        store.load()


def test_parts_must_allow_the_verdict(entry, write):
    write({**entry, "parts": entry["parts"][:1]})
    with pytest.raises(ClaimsFileError, match="role condition"):
        store.load()
    write({**entry, "parts": [{**part, "role": "condition"} for part in entry["parts"]]})
    with pytest.raises(ClaimsFileError, match="role main"):
        store.load()
    write({**entry, "parts": [entry["parts"][0], entry["parts"][0]]})
    with pytest.raises(ClaimsFileError, match="every name once"):
        store.load()


def test_ids_are_unique(entry, write):
    write(entry, entry)
    with pytest.raises(ClaimsFileError, match=r"entry 2.*stands twice"):
        store.load()


@pytest.mark.parametrize(
    ("text", "message"),
    [("a: b: c", "not YAML"), ("id: x", "want a list"), ("- just words", "want a mapping"), ("- {seeds: true}", "id")],
)
def test_not_a_list_of_mappings(write, text, message):
    write(text=text)
    with pytest.raises(ClaimsFileError, match=message):
        store.load()


def test_no_file(tmp_path, monkeypatch):
    monkeypatch.setenv("LOSSBOOK_CLAIMS", str(tmp_path / "nowhere.yml"))
    with pytest.raises(FileNotFoundError, match=r"nowhere\.yml"):
        store.load()
