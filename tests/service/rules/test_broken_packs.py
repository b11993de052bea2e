"""Packs with faults are refused with errors that a policy owner can act on. The errors are reviewed like code.

After a change of wording: ``EARMARK_WRITE_SNAPSHOTS=1 pytest tests/service/rules/test_broken_packs.py``, then read the
difference.
"""

import os
from pathlib import Path

import pytest

from service.rules import PackRefused, load_pack
from service.rules.positions import MAX_BYTES

BROKEN = Path(__file__).parent / "broken"


def refusal_of(pack: Path) -> str:
    with pytest.raises(PackRefused) as refused:
        load_pack(pack, source=pack.name)
    return str(refused.value) + "\n"


@pytest.mark.parametrize("pack", sorted(BROKEN.glob("*.yaml")), ids=lambda pack: pack.stem)
def test_a_broken_pack_is_refused_with_this_error(pack: Path) -> None:
    said = refusal_of(pack)
    snapshot = pack.with_suffix(".txt")
    if os.environ.get("EARMARK_WRITE_SNAPSHOTS"):
        snapshot.write_text(said, encoding="utf-8")
    assert said == snapshot.read_text(encoding="utf-8")


def test_every_snapshot_belongs_to_a_pack() -> None:
    assert {path.stem for path in BROKEN.glob("*.txt")} == {path.stem for path in BROKEN.glob("*.yaml")}


def test_a_pack_that_is_too_large_is_refused_before_it_is_read() -> None:
    with pytest.raises(PackRefused, match="larger than"):
        load_pack("title: " + "x" * MAX_BYTES)


def test_a_pack_that_is_not_text_is_refused(tmp_path: Path) -> None:
    pack = tmp_path / "noise.yaml"
    pack.write_bytes(b"pack: \xff\xfe\x00")
    with pytest.raises(PackRefused, match="not UTF-8"):
        load_pack(pack)


def test_a_refusal_prints_no_control_characters() -> None:
    with pytest.raises(PackRefused) as refused:
        load_pack('pack: "\\e[31m"\nrules: []\nx: "\x85\x9b"\n')
    assert "\x1b" not in str(refused.value)
    assert "\x9b" not in str(refused.value)
