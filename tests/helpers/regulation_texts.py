"""Where the real regulations lie on a machine that has them. They are not in this repository."""

import os
from pathlib import Path

VARIABLE = "SECAUDIT_REGULATION_TEXTS"
FOLDER = Path(os.environ.get(VARIABLE) or Path(__file__).parents[3] / "shared" / "regulations")
PRESENT = (FOLDER / "perda-pekalongan-3-2026.txt").is_file()
