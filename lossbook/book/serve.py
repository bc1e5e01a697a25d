"""Serve the built book on this machine only."""

from __future__ import annotations

import http.server
import signal
import threading
from functools import partial
from pathlib import Path
from typing import ClassVar


class _Quiet(http.server.SimpleHTTPRequestHandler):
    """Static files with the types that browsers insist on, whatever the machine's registry says; no log line a file."""

    extensions_map: ClassVar[dict[str, str]] = {
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".css": "text/css",
        ".js": "text/javascript",
        ".json": "application/json",
        ".mjs": "text/javascript",
        ".svg": "image/svg+xml",
        ".woff": "font/woff",
        ".woff2": "font/woff2",
    }

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-cache")  # a rebuilt book shows at the next reload
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # a browser that closes a tab in the middle of a file is no event


def listen(folder: Path, port: int | None = None) -> http.server.ThreadingHTTPServer:
    """A server of ``folder`` bound to the loopback address, not yet serving.

    ``port`` is taken as given (0: any free one); without it the first free of 8000 to 8009, else any free one.
    Raises FileNotFoundError when the folder has no index page and OSError when a given port is taken.
    """
    if not (folder / "index.html").is_file():
        raise FileNotFoundError(f"{folder} has no index.html: build the book first (make book)")
    handler = partial(_Quiet, directory=str(folder))
    if port is not None:
        return _Server(("127.0.0.1", port), handler)
    for candidate in (*range(8000, 8010), 0):
        try:
            return _Server(("127.0.0.1", candidate), handler)
        except OSError:
            continue
    raise OSError("no free port on 127.0.0.1")


def serve(folder: Path, port: int | None = None) -> None:
    """Serve ``folder`` until Ctrl-C; prints the address first."""
    with listen(folder, port) as server:
        if threading.current_thread() is threading.main_thread():
            # a shell without job control starts background commands with SIGINT ignored: it should stop us all the same
            signal.signal(signal.SIGINT, signal.default_int_handler)
        print(f"The book is at http://localhost:{server.server_address[1]}/  (Ctrl-C stops)", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()
