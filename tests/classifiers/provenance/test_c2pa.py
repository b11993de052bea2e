"""Manifests are read from the original bytes, and trusted, untrusted and tampered ones are told apart."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from c2pa import Builder, C2paSignerInfo, Signer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from classifiers.provenance.c2pa import _PIECE_BYTES, _holds_label, read_c2pa
from schemas.evidence import ProvenanceClaim, ProvenanceKind, Trust
from tests.sounds import music, write_audio

MIME = {".wav": "audio/wav", ".flac": "audio/flac", ".mp3": "audio/mpeg", ".m4a": "audio/mp4"}
SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/"


class Authority:
    """A root of our own and a signing certificate under it."""

    def __init__(self, name: str) -> None:
        root_key, leaf_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        root = self._certificate(f"{name} root", root_key, f"{name} root", root_key, authority=True)
        leaf = self._certificate(name, leaf_key, f"{name} root", root_key, authority=False)
        self.anchor = root.public_bytes(serialization.Encoding.PEM).decode()
        chain = leaf.public_bytes(serialization.Encoding.PEM) + root.public_bytes(serialization.Encoding.PEM)
        pem = leaf_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self.signer = Signer.from_info(C2paSignerInfo(alg=b"es256", sign_cert=chain, private_key=pem, ta_url=None))

    @staticmethod
    def _certificate(name, key, issuer, issuer_key, *, authority):
        def named(common):
            return x509.Name(
                [
                    x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Harbour Tests"),
                    x509.NameAttribute(NameOID.COMMON_NAME, common),
                ]
            )

        now = datetime.now(UTC)
        built = (
            x509.CertificateBuilder()
            .subject_name(named(name))
            .issuer_name(named(issuer))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
            .add_extension(
                x509.KeyUsage(not authority, False, False, False, False, authority, authority, False, False),
                critical=True,
            )
        )
        if not authority:
            built = built.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        return built.sign(issuer_key, hashes.SHA256())


@pytest.fixture(scope="module")
def authority():
    return Authority("Signer")


def signed(authority: Authority, plain: Path, source: str = "trainedAlgorithmicMedia") -> Path:
    action = {
        "action": "c2pa.created",
        "digitalSourceType": SOURCE + source,
        "softwareAgent": {"name": "Songsmith", "version": "1"},
    }
    manifest = {
        "claim_generator_info": [{"name": "tests", "version": "1"}],
        "title": "t",
        "format": MIME[plain.suffix],
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [action]}}],
    }
    out = plain.with_name("signed" + plain.suffix)
    with Builder(json.dumps(manifest)) as builder, plain.open("rb") as source_file, out.open("w+b") as target:
        builder.sign(authority.signer, MIME[plain.suffix], source_file, target)
    return out


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
