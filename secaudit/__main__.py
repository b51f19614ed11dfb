"""Run as ``python -m secaudit``: the current folder's own packages must not shadow ours."""

import os
import sys

if not sys.flags.safe_path and sys.path and sys.path[0] in ("", os.getcwd()):  # noqa: PTH109 (runs before any import)
    # ``-m`` put it first; a source checkout that is installed in place stands further back.
    del sys.path[0]

from secaudit.cli.main import main

if __name__ == "__main__":
    main()
