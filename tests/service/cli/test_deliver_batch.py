"""``earmark deliver`` of a DDEX batch folder to a running service, until its tracks are decided."""

from pathlib import Path

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
