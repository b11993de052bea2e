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
    """The function as machine code. A product may be added to a sum with one rounding instead of two.

    What is divided by zero is infinite or not a number, as everywhere in NumPy: a loop that has to stop and complain
    cannot do many values at a time.
    """
    return _machine_code(function, fastmath={"contract"})


def compiled_exactly(function: Function) -> Function:
    """The same without that freedom: every processor gives the same bits. For what is hashed."""
    return _machine_code(function, fastmath=False)


def _machine_code(function: Function, **options: object) -> Function:
    machine_code: Function
    try:
        machine_code = numba.njit(function, cache=True, nogil=True, error_model="numpy", **options)
    except RuntimeError:  # no place for the cache
        machine_code = numba.njit(function, nogil=True, error_model="numpy", **options)
    return machine_code
