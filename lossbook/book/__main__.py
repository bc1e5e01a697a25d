"""``python -m lossbook.book build | serve | record | zip | screenshot``: what the Makefile calls."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path

from lossbook.book.build import BuildFailed, build
from lossbook.book.execute import NotebookFailed


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code (1 when the book, a notebook or a tool is at fault, in one message)."""
    parser = argparse.ArgumentParser(prog="python -m lossbook.book", description="Build and serve The Loss Book.")
    parser.add_argument(
        "--root", type=Path, default=Path(), help="folder with _config.yml and _toc.yml (default: here)"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("build", help="execute what changed and build _build/html")
    making.add_argument("--fresh", action="store_true", help="rebuild every page, also unchanged ones")
    making.add_argument("--workers", type=int, help="kernels at a time (default: number of cores)")
    serving = commands.add_parser("serve", help="serve _build/html on localhost")
    serving.add_argument("--port", type=int, help="default: the first free one of 8000 to 8009")
    commands.add_parser("record", help="run what changed and keep the outputs of checked cells in the notebooks")
    commands.add_parser("zip", help="pack _build/html into _build/lossbook-book.zip")
    commands.add_parser("screenshot", help="picture of the landing page for the README")
    given = parser.parse_args(arguments)

    # jsonschema would build 38 grammars at its import (1.3 s) to check formats that no notebook schema has.
    sys.modules.setdefault("rfc3987_syntax", None)
    say = partial(print, flush=True)
    html = given.root / "_build" / "html"
    try:
        if given.command == "build":
            build(given.root, fresh=given.fresh, workers=given.workers, say=say)
        elif given.command == "serve":
            from lossbook.book.serve import serve

            serve(html, given.port)
        elif given.command == "record":
            from lossbook.book.cache import cache_path
            from lossbook.book.execute import execute
            from lossbook.book.record import record

            root, cache = given.root.resolve(), cache_path(given.root)
            execute(root, cache, say=say)
            say("\n".join(record(root, cache)) or "No notebook changed.")
        elif given.command == "zip":
            from lossbook.book.pack import pack

            say(pack(html, given.root / "_build" / "lossbook-book.zip"))
        else:
            from lossbook.book.screenshot import screenshot

            say(screenshot(html, given.root / "docs" / "landing.png"))
    except (NotebookFailed, BuildFailed, OSError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
