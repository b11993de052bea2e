"""How the C library handles memory that is freed and wanted again a moment later."""

import ctypes
import sys
from functools import cache

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_KEPT_BYTES = 64 << 20
_LARGEST_KEPT = 32 << 20


@cache
def keep_freed_memory() -> bool:
    """Let glibc keep up to 64 MiB of freed memory in the process; whether it agreed. Elsewhere nothing is done.

    One pass over a recording allocates and frees a few megabytes for each block. By default glibc gives them back to
    the system each time and gets them anew, page by page and zeroed: a third of the CPU time of the whole analysis.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # another C library
        return False
    kept = mallopt(_MMAP_THRESHOLD, _LARGEST_KEPT) and mallopt(_TRIM_THRESHOLD, _KEPT_BYTES)
    return bool(kept)
