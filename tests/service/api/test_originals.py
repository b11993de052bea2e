"""The delivered file comes back byte for byte, its manifest too; a signed copy keeps both and adds our label."""

import json
from pathlib import Path

import pytest
from c2pa import Context, Reader, Settings

from classifiers.provenance.c2pa import read_c2pa
from schemas.evidence import Trust
from tests.authority import MIME, Authority, signed
from tests.service.api.caller import AUDIO, Caller, track_metadata
from tests.sounds import music, write_audio

ALL = dict.fromkeys(("VOCALS", "INSTRUMENTATION", "COMPOSITION", "LYRICS", "POST_PRODUCTION"), "ALL")


@pytest.fixture(scope="module")
def operator() -> Authority:
    return Authority("Operator")


@pytest.fixture
def settings(settings, operator: Authority, tmp_path: Path):
    certificate, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    certificate.write_bytes(operator.chain)
    key.write_bytes(operator.key)
    return settings.model_copy(update={"c2pa_signing_certificate": certificate, "c2pa_signing_key": key})


@pytest.fixture(scope="module", params=list(MIME))
def plain(request, tmp_path_factory) -> Path:
    return write_audio(tmp_path_factory.mktemp("originals") / f"plain{request.param}", music(2.0, seed=4))


def deliver(caller: Caller, content: bytes) -> str:
    return caller.deliver(track_metadata(declared_ai=ALL), audio=content).json()["id"]


def test_the_original_comes_back_whole_and_by_range(caller: Caller, stranger: Caller) -> None:
    track_id = caller.delivered()
    address = f"/v1/tracks/{track_id}/audio"
    assert caller.get(address).content == AUDIO
    assert stranger.get(address).status_code == 404
    part = caller.client.get(address, headers=caller.headers | {"Range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, AUDIO[4:8])
    past = caller.client.get(address, headers=caller.headers | {"Range": f"bytes={len(AUDIO)}-"})
    assert (past.status_code, past.json()["type"]) == (416, "/problems/range-not-satisfiable")
    assert past.headers["content-range"] == f"bytes */{len(AUDIO)}"


def test_a_signed_copy_states_the_label_and_keeps_the_earlier_manifest(
    caller: Caller, operator: Authority, plain: Path, tmp_path: Path
) -> None:
    generator = Authority("Generator")
    delivered = signed(generator, plain)
    track_id = deliver(caller, delivered.read_bytes())
    store = caller.get(f"/v1/tracks/{track_id}/manifest")
    assert store.headers["content-type"] == "application/c2pa"
    assert store.content in delivered.read_bytes() and store.content[4:8] == b"jumb"
    answer = caller.get(f"/v1/tracks/{track_id}/signed-copy")
    assert answer.status_code == 200, answer.text
    copy = tmp_path / f"copy{plain.suffix}"
    copy.write_bytes(answer.content)
    assert caller.get(f"/v1/tracks/{track_id}/audio").content == delivered.read_bytes()
    (mark,) = read_c2pa(copy, operator.anchor)
    assert (mark.trust, mark.generator, mark.says.value) == (Trust.TRUSTED, "Earmark", "ai")
    context = Context(settings=Settings.from_dict({"trust": {"trust_anchors": operator.anchor + generator.anchor}}))
    with Reader(copy, context=context) as reader:
        said = json.loads(reader.json())
    assert len(said["manifests"]) == 2
    active = said["manifests"][said["active_manifest"]]
    (parent,) = active["ingredients"]
    assert parent["relationship"] == "parentOf" and parent["active_manifest"] in said["manifests"]
    ours = next(entry["data"] for entry in active["assertions"] if entry["label"] == "org.earmark.disclosure")
    assert ours == {"track_id": track_id, "declared": ALL, "confirmed": []}
    broken = bytearray(answer.content)
    broken[-500 if plain.suffix != ".wav" else 2_000] ^= 0xFF
    copy.write_bytes(broken)
    (tampered,) = read_c2pa(copy, operator.anchor)
    assert tampered.trust is Trust.TAMPERED


def test_a_plain_file_is_signed_too_and_has_no_manifest_of_its_own(caller: Caller, plain: Path, operator) -> None:
    track_id = deliver(caller, plain.read_bytes())
    assert caller.get(f"/v1/tracks/{track_id}/manifest").status_code == 404
    assert caller.get(f"/v1/tracks/{track_id}/signed-copy").status_code == 200


def test_what_cannot_be_signed_is_said(caller: Caller, stranger: Caller, tmp_path: Path) -> None:
    ogg = write_audio(tmp_path / "plain.ogg", music(1.0, seed=5))
    refused = caller.get(f"/v1/tracks/{deliver(caller, ogg.read_bytes())}/signed-copy")
    assert (refused.status_code, refused.json()["detail"]) == (409, "This kind of file cannot carry a C2PA manifest.")
    garbage = caller.get(f"/v1/tracks/{deliver(caller, b'ID3' + bytes(range(256)) * 9)}/signed-copy")
    assert garbage.status_code in (200, 409)
    lies = deliver(caller, b"RIFF" + b"\xff" * 999)
    lying = caller.get(f"/v1/tracks/{lies}/signed-copy")
    assert (lying.status_code, lying.json()["type"]) == (409, "/problems/not-now")
    assert stranger.get(f"/v1/tracks/{caller.delivered()}/signed-copy").status_code == 404


def test_a_box_that_lies_about_its_length_is_no_manifest(caller: Caller) -> None:
    head = b"\xff\xff\xff\xffjumb\x00\x00\x00\x1ejumdc2pa" + bytes(60)
    for content in (b"RIFF" + head, b"jumb\x00\x00\x00\x1ejumdc2pa", b"\x00\x00\x00\x09jumb\x00\x00\x00\x1ejumdc2pa"):
        assert caller.get(f"/v1/tracks/{deliver(caller, content)}/manifest").status_code == 404
