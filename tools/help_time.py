"""Tell how long ``secaudit --help`` takes: the least, the middle and the most of eleven runs."""

import statistics
import subprocess
import sys
import time
from pathlib import Path

RUNS = 11


def main() -> int:
    """Measure and print."""
    program = Path(sys.executable).parent / "secaudit"
    seconds = []
    for _ in range(RUNS):
        start = time.perf_counter()
        subprocess.run([program, "--help"], check=True, stdout=subprocess.DEVNULL)
        seconds.append(time.perf_counter() - start)
    least, middle, most = min(seconds), statistics.median(seconds), max(seconds)
    print(f"secaudit --help: {least:.3f} s / {middle:.3f} s / {most:.3f} s (goal: under 0.25 s)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
