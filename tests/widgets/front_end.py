"""The front end's own modules, run in Node beside Python."""

import json
from pathlib import Path

from lossbook.javascript import run_module

SOURCE = Path(__file__).parents[2] / "lossbook" / "widgets" / "frontend" / "src"


def in_node(script, given, **files):
    """What a script prints, read as JSON. The script finds ``given`` under that name, and for %(name)s the address of
    a file of the front end."""
    addresses = {name: json.dumps((SOURCE / path).as_uri()) for name, path in files.items()}
    return json.loads(run_module(f"const given = {json.dumps(given)};\n{script % addresses}"))
