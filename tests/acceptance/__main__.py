"""Runs the full-size checks one after the other, prints their tables, and leaves with 1 where one of them failed."""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from tests.acceptance import (
    bad_inputs,
    chaos,
    crash,
    ddex,
    delivery,
    generated,
    long_load,
    mutations,
    no_music,
    uploads,
)

CHECKS: dict[str, Callable[[Path, Console], list[str]]] = {
    "delivery": delivery.check,
    "crash": crash.check,
    "bad-inputs": bad_inputs.check,
    "mutations": mutations.check,
    "chaos": chaos.check,
    "no-music": no_music.check,
    "uploads": uploads.check,
    "ddex": ddex.check,
    "generated": generated.check,
    "long-load": long_load.check,
}
"""Each check gets the folder of recordings and scenarios and returns what went wrong, in sentences."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.acceptance", description=__doc__)
    parser.add_argument("--shared", type=Path, required=True, help="folder of recordings and scenarios")
    parser.add_argument("checks", nargs="*", metavar="CHECK", help=f"{', '.join(CHECKS)}; all, if left out")
    chosen = parser.parse_args()
    if unknown := sorted(set(chosen.checks) - set(CHECKS)):
        parser.error(f"there is no check {', '.join(unknown)}")
    console = Console(width=170)
    failed = False
    for name in chosen.checks or CHECKS:
        console.rule(f"[bold]{name}")
        began = time.monotonic()
        faults = CHECKS[name](chosen.shared.resolve(), console)
        failed = failed or bool(faults)
        for fault in faults:
            console.print(f"[red]{fault}")
        verdict = "[red]failed" if faults else "[green]well"
        console.print(f"{name}: {verdict}[/] after {time.monotonic() - began:.0f} s")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
