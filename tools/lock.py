"""Write the installed versions to constraints.txt, without the build tags of one platform's wheels."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

HEADER = """\
# Versions that the book was last built and tested with (written by `make lock`). requirements.txt says what is needed;
# this file holds everything else that came along to the same state.
"""


def main() -> None:
    freeze = [sys.executable, "-m", "pip", "freeze", "--exclude-editable", "--exclude", "lossbook"]
    lines = subprocess.run(freeze, capture_output=True, text=True, check=True).stdout.splitlines()
    pins = [re.sub(r"^([^=\s]+)==([^+\s]+)\+\S+$", r"\1==\2", re.sub(r" @ .*", "", line)) for line in lines]
    target = Path(__file__).resolve().parent.parent / "constraints.txt"
    target.write_text(HEADER + "".join(f"{pin}\n" for pin in pins if "==" in pin), encoding="utf-8")
    print(f"{target.name}: {len(pins)} packages")


if __name__ == "__main__":
    main()
