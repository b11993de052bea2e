"""A signing authority of the tests' own, and files signed under it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from c2pa import Builder, C2paSignerInfo, Signer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

MIME = {".wav": "audio/wav", ".flac": "audio/flac", ".mp3": "audio/mpeg", ".m4a": "audio/mp4"}
SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/"


class Authority:
    """A root of our own and a signing certificate under it."""

    def __init__(self, name: str) -> None:
        root_key, leaf_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        root = self._certificate(f"{name} root", root_key, f"{name} root", root_key, authority=True)
        leaf = self._certificate(name, leaf_key, f"{name} root", root_key, authority=False)
        self.anchor = root.public_bytes(serialization.Encoding.PEM).decode()
        self.chain = leaf.public_bytes(serialization.Encoding.PEM) + root.public_bytes(serialization.Encoding.PEM)
        self.key = leaf_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        info = C2paSignerInfo(alg=b"es256", sign_cert=self.chain, private_key=self.key, ta_url=None)
        self.signer = Signer.from_info(info)

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
