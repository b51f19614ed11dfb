"""Run as ``python -m secaudit``: the current folder's own packages must not shadow ours."""

import os
import sys

if not sys.flags.safe_path:
    sys.path[:] = [entry for entry in sys.path if entry not in ("", os.getcwd())]  # noqa: PTH109 (runs before any import)

from secaudit.cli.main import main

if __name__ == "__main__":
    main()
