"""The local server: on this machine only, with the types that browsers want, on a port that is free."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading

import pytest

from lossbook.book.pack import pack
from lossbook.book.serve import listen


@pytest.fixture
def html(tmp_path):
    folder = tmp_path / "_build" / "html"
    folder.mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><p>Whole", encoding="utf-8")
    for name in ("a.js", "a.css", "a.svg", "a.json", "a.woff2"):
        (folder / name).write_text("", encoding="utf-8")
    return folder


@pytest.fixture
def address(html):
    with listen(html, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address
        server.shutdown()


def get(address, path):
    connection = http.client.HTTPConnection(*address)
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.js", "text/javascript"),
        ("a.css", "text/css"),
        ("a.svg", "image/svg+xml"),
        ("a.json", "application/json"),
        ("a.woff2", "font/woff2"),
        ("index.html", "text/html"),
    ],
)
def test_types(address, name, kind):
    status, headers, _ = get(address, f"/{name}")
    assert status == 200
    assert headers.get_content_type() == kind
    assert headers["Cache-Control"] == "no-cache"


def test_missing_page(address):
    assert get(address, "/nothing.html")[0] == 404


def test_nothing_outside_the_book(address, html):
    (html.parent / "secret").write_text("x", encoding="utf-8")
    assert get(address, "/../secret")[0] == 404


def test_loopback_only(address):
    assert address[0] == "127.0.0.1"


def test_taken_ports_are_passed_over(html):
    with listen(html) as first, listen(html) as second:
        assert first.server_address[1] != second.server_address[1]


def test_a_taken_port_that_was_asked_for_is_an_error(html):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match="in use"):
            listen(html, taken.getsockname()[1])


def test_unbuilt_book(tmp_path):
    with pytest.raises(FileNotFoundError, match="make book"):
        listen(tmp_path)
    with pytest.raises(FileNotFoundError, match="make book"):
        pack(tmp_path, tmp_path / "book.zip")


def test_packing_twice_makes_the_same_file(html, tmp_path):
    pack(html, tmp_path / "one.zip")
    os.utime(html / "index.html", (0, 0))
    pack(html, tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_command_prints_the_address_and_stops_at_ctrl_c(html):
    command = [sys.executable, "-m", "lossbook.book", "--root", str(html.parents[1]), "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            line = process.stdout.readline()
            port = int(line.partition("localhost:")[2].partition("/")[0])
            assert b"Whole" in get(("localhost", port), "/")[2]
            process.send_signal(signal.SIGINT)
            _, error = process.communicate(timeout=20)
        finally:
            process.kill()  # a test that fails must not wait for a server that goes on
    assert process.returncode == 0
    assert error == ""
