"""Loops over samples that arrays have no word for, compiled to machine code by Numba.

A recursion from sample to sample, or a dozen steps that would each send a recording through memory once more, is
written as the plain loop it is. The first call compiles it; the result is kept on disk beside the module, or where
``NUMBA_CACHE_DIR`` says, and where nothing can be written it is compiled once a process.
"""

from collections.abc import Callable
from typing import TypeVar

import numba

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """The function as machine code. A product may be added to a sum with one rounding instead of two."""
    options = {"nogil": True, "fastmath": {"contract"}}
    machine_code: Function
    try:
        machine_code = numba.njit(function, cache=True, **options)
    except RuntimeError:  # no place for the cache
        machine_code = numba.njit(function, **options)
    return machine_code
