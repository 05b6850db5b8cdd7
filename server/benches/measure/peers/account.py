"""Runs a program and prints the CPU seconds of all it started, whatever it left in the background included.

What it leaves behind, such as connections kept for the next run, becomes a child of this process and is ended.
"""
import ctypes
import os
import resource
import signal
import subprocess
import sys

PR_SET_CHILD_SUBREAPER = 36
ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

done = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as children:
    for child in children.read().split():
        os.kill(int(child), signal.SIGTERM)
while True:
    try:
        os.wait()
    except ChildProcessError:
        break
if done.returncode != 0:
    sys.stderr.buffer.write(done.stdout[-4000:])
    sys.exit(f"{sys.argv[1]} ended with {done.returncode}")
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime)
