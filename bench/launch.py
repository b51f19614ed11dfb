"""Run a program and print what it used as JSON, from a parent whose memory is small.

    python -I -S bench/launch.py PROGRAM ARGUMENT...

Its output goes to a file that is thrown away, its talk to ours.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

with tempfile.TemporaryFile() as output:
    begin = time.perf_counter()
    process = subprocess.Popen(sys.argv[1:], stdout=output)
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begin
process.returncode = os.waitstatus_to_exitcode(status)
told = {
    "seconds": seconds,
    "cpu": used.ru_utime + used.ru_stime,
    "megabytes": used.ru_maxrss / 1000,
}
print(json.dumps(told))
sys.exit(process.returncode)
