"""The most memory that a started program had at once, asked for by the program itself."""

PEAK = """
import resource
from pathlib import Path
def peak():
    try:
        return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
"""
"""Python with a function `peak()` in KiB. What `resource` says begins with that of the parent."""
