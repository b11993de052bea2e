"""``earmark deliver`` of a DDEX batch folder to a running service, until its tracks are decided."""

from pathlib import Path

from service.delivery import files_of_batch
from tests.running import Running
from tests.service.api.test_deliveries import ern
from tests.sounds import tone, write_audio


def test_a_batch_folder_is_delivered_and_decided(tmp_path: Path) -> None:
    batch = tmp_path / "N_20261127" / "036000291452"
    (batch / "resources").mkdir(parents=True)
    (batch / "036000291452.xml").write_bytes(ern(isrcs=("QZEM62600001",)))
    (batch.parent / "BatchComplete_N_20261127.xml").write_bytes(b"")
    write_audio(batch / "resources" / "QZEM62600001.wav", tone(2.0))
    with Running(tmp_path / "data") as service:
        first = service.earmark("deliver", batch.parent, "--wait", "--json")
        assert (first.code, len(first.lines)) == (0, 1), first.errors
        assert first.lines[0]["state"] == "decided"
        assert first.lines[0]["file"].endswith("036000291452.xml#QZEM62600001")
        again = service.earmark("deliver", batch.parent, "--wait", "--json")
        assert again.lines[0]["track_id"] == first.lines[0]["track_id"]


def test_a_message_goes_with_the_audio_and_the_pictures_beside_it(tmp_path: Path) -> None:
    beside = {"resources/a.wav", "resources/cover.JPG"}
    for name in ("m.xml", "other.xml", "notes.txt", "acknowledgements/ACK.xml", *beside):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    assert set(files_of_batch(tmp_path / "m.xml")) == {"m.xml", *beside}
    assert "acknowledgements/ACK.xml" not in files_of_batch(tmp_path) and "other.xml" in files_of_batch(tmp_path)
