"""``python -m lossbook``: see ``python -m lossbook --help``."""

import sys

from lossbook.linting.command import main

if __name__ == "__main__":
    sys.exit(main())
