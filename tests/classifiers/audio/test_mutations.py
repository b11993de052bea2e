"""Mutated files end as analysed or unreadable, within the decoder's limits; the acceptance run tries 2,000 of them."""

from collections import Counter
from pathlib import Path

import pytest

from classifiers.audio.decode import Decoder
from classifiers.audio.unreadable import UnreadableAudio
from classifiers.pipeline import analyse
from tests.mutations import MUTATIONS, mutants, originals

FILES = 56


@pytest.mark.timeout(600)
def test_every_mutant_is_analysed_or_unreadable_and_the_decoder_goes_on(tmp_path: Path) -> None:
    ends: dict[str, Counter[str]] = {mutation.__name__: Counter() for mutation in MUTATIONS}
    with Decoder() as decoder:
        for name, content in mutants(FILES, originals(tmp_path)):
            path = tmp_path / name
            path.write_bytes(content)
            kind = path.stem.partition("_")[2]
            try:
                analyse(path, decoder=decoder)
                ends[kind]["analysed"] += 1
            except UnreadableAudio as error:
                ends[kind][error.reason.value] += 1
            path.unlink()
    assert sum(sum(ends[kind].values()) for kind in ends) == FILES
    assert all(sum(ends[kind].values()) == FILES // len(MUTATIONS) for kind in ends), ends
    assert ends["flipped"]["analysed"], "a bit that is wrong here and there is no reason to refuse"
    assert not any("timed" in reason or "memory" in reason for counter in ends.values() for reason in counter), ends


def test_a_mutant_can_be_made_again_by_its_number(tmp_path: Path) -> None:
    sources = originals(tmp_path)
    assert mutants(40, sources)[37] == mutants(80, sources)[37]
