"""Noise and silence: three hundred different noises and fifty silences make no group of duplicates."""

import itertools
from pathlib import Path

from rich.console import Console

from classifiers.duplicates.groups import candidate_pairs, grouped, link
from tests.bench import backing
from tests.bench.recordings import fingerprinted

NOISES, SILENCES = 300, 50


def check(_shared: Path, console: Console) -> list[str]:
    """Fingerprint all of them, look for pairs among all, and count groups."""
    sounds = itertools.chain(backing.noises(NOISES), backing.silences(SILENCES))
    codes = [fingerprinted(sound) for sound in sounds]
    matchable = sum(one.matchable for one in codes)
    groups = grouped(link(codes, candidate_pairs(codes)))
    console.print(f"{NOISES} noises and {SILENCES} silences: {matchable} matchable, {len(groups)} groups")
    faults = [f"{len(groups)} groups of noise or silence"] if groups else []
    return [*faults, *([f"{matchable} noises or silences are matchable"] if matchable else [])]
