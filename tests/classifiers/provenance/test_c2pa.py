"""Manifests are read from the original bytes, and trusted, untrusted and tampered ones are told apart."""

from pathlib import Path

import pytest

from classifiers.provenance.c2pa import _PIECE_BYTES, _holds_label, read_c2pa
from schemas.evidence import ProvenanceClaim, ProvenanceKind, Trust
from tests.authority import MIME, Authority, signed
from tests.sounds import music, write_audio


@pytest.fixture(scope="module")
def authority():
    return Authority("Signer")


@pytest.fixture(scope="module", params=list(MIME))
def plain(request, tmp_path_factory):
    return write_audio(tmp_path_factory.mktemp("c2pa") / f"plain{request.param}", music(2.0, seed=1))


def test_a_file_without_a_manifest_says_nothing(plain, authority):
    assert read_c2pa(plain, authority.anchor) == []


def test_trusted_untrusted_and_tampered_are_told_apart(plain, authority):
    file = signed(authority, plain)
    (trusted,) = read_c2pa(file, authority.anchor)
    assert (trusted.kind, trusted.says, trusted.generator, trusted.trust) == (
        ProvenanceKind.C2PA,
        ProvenanceClaim.AI,
        "Songsmith",
        Trust.TRUSTED,
    )
    assert "Harbour Tests" in trusted.detail
    (unknown,) = read_c2pa(file)
    assert unknown.trust is Trust.UNTRUSTED
    (stranger,) = read_c2pa(file, Authority("Somebody else").anchor)
    assert stranger.trust is Trust.UNTRUSTED
    content = bytearray(file.read_bytes())
    where = len(content) - 500 if plain.suffix != ".wav" else 2_000
    content[where] ^= 0xFF
    broken = file.with_name("broken" + plain.suffix)
    broken.write_bytes(content)
    (tampered,) = read_c2pa(broken, authority.anchor)
    assert tampered.trust is Trust.TAMPERED


@pytest.mark.parametrize(
    ("source", "claim"),
    [
        ("compositeWithTrainedAlgorithmicMedia", ProvenanceClaim.PARTLY_AI),
        ("digitalCapture", ProvenanceClaim.CAPTURED),
        ("humanEdits", ProvenanceClaim.OTHER),
    ],
)
def test_the_digital_source_type_says_how_it_was_made(tmp_path, authority, source, claim):
    plain = write_audio(tmp_path / "plain.wav", music(1.0, seed=2))
    (mark,) = read_c2pa(signed(authority, plain, source), authority.anchor)
    assert mark.says is claim


@pytest.mark.parametrize(
    "content", [b"", b"RIFF", b"ID3\x04\x00\x00\x00\x00\x7f\x7fc2pa" * 20, b"fLaC" + b"c2pa\x00" * 99]
)
def test_bytes_that_only_look_like_a_manifest_harm_nothing(tmp_path, content):
    file = tmp_path / "odd.wav"
    file.write_bytes(content)
    assert all(mark.says is ProvenanceClaim.OTHER for mark in read_c2pa(file))


def test_reading_leaves_the_original_as_it_was(tmp_path, authority):
    file = signed(authority, write_audio(tmp_path / "plain.flac", music(1.0, seed=3)))
    before = file.read_bytes()
    read_c2pa(file, authority.anchor)
    assert file.read_bytes() == before


def test_a_label_across_two_pieces_of_the_file_is_seen(tmp_path: Path) -> None:
    for before in range(_PIECE_BYTES - 4, _PIECE_BYTES + 1):
        path = tmp_path / "split.wav"
        path.write_bytes(bytes(before) + b"c2pa" + bytes(100))
        assert _holds_label(path)
    path.write_bytes(bytes(_PIECE_BYTES * 2))
    assert not _holds_label(path)
