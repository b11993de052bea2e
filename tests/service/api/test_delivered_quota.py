"""A day's quota holds inside a batch: what is over waits for the next day, whole, and nothing of it is lost."""

import json
from datetime import timedelta

import pytest

from service.store.clock import utc_now
from service.store.deliveries import Deliveries
from service.store.jobs import Jobs
from service.store.tables.jobs import Job, JobKind
from service.store.tables.tenant_usage import TenantUsage
from service.store.tenants import Tenants
from service.store.usage import next_day
from tests.service.api.caller import AUDIO, Caller, track_metadata
from tests.service.api.test_deliveries import BOTH, OTHER, delivered, ern, live, work

__all__ = ["work"]


@pytest.fixture
def quota(caller: Caller, backend):
    def allow(tracks):
        with backend.database.write() as session:
            Tenants(session).get(caller.tenant_id).tracks_per_day = tracks

    return allow


def a_day_passes(backend, delivery_id):
    """The delivery is due by the next midnight, and not before; then that comes."""
    with backend.database.write() as session:
        job = Jobs(session).of(JobKind.INGEST, delivery_id)
        assert job.run_after == next_day(utc_now())
        session.query(Job).filter(Job.id == job.id).update({"run_after": utc_now()})
        for row in session.query(TenantUsage).all():
            row.hour -= timedelta(days=1)


def batch(rows):
    lines = [
        {**track_metadata(isrc=f"QZEM626000{n:02}", title=f"Song {n}"), "file": f"{n}.wav"} for n in range(1, rows + 1)
    ]
    manifest = "\n".join(json.dumps(line) for line in lines)
    return {"manifest.jsonl": manifest.encode(), **{f"{n}.wav": AUDIO + bytes([n]) for n in range(1, rows + 1)}}


def test_rows_over_the_quota_wait_for_the_next_day_and_the_one_after(caller: Caller, backend, work, quota) -> None:
    quota(2)
    found = delivered(caller, work, batch(5))
    assert (found["state"], len(live(caller))) == ("waiting", 2)
    over = [row["fault"] for row in found["rows"] if row["fault"]]
    assert [fault["status"] for fault in over] == ["UserDefined"] * 3
    midnight = f"{next_day(utc_now()):%Y-%m-%d} 00:00 UTC"
    assert over[0]["detail"] == f"2 tracks a day may be delivered (UTC); it is kept and taken up again at {midnight}"
    assert work() == 0, "not before then"
    for together in (4, 5):
        a_day_passes(backend, found["id"])
        assert work() == 1
        assert len(live(caller)) == together
    done = caller.get(f"/v1/deliveries/{found['id']}").json()
    assert done["state"] == "done" and all(row["track_id"] for row in done["rows"])
    assert work() == 0


def test_a_message_over_the_quota_waits_whole(caller: Caller, backend, work, quota) -> None:
    quota(3)
    caller.delivered(isrc="QZEM62600009")
    caller.delivered(isrc="QZEM62600008")
    found = delivered(caller, work, {"message.xml": ern(), **BOTH})
    [message] = found["messages"]
    assert (found["state"], message["state"]) == ("waiting", "waiting")
    [fault] = message["faults"]
    assert fault["status"] == "UserDefined" and "2 tracks of this message" in fault["detail"]
    acknowledged = caller.get(f"/v1/deliveries/{found['id']}/acknowledgement").text
    assert 'UserDefinedValue="QuotaReached"' in acknowledged and "DoNotResendRelease" in acknowledged
    assert len(live(caller)) == 2, "one of its two tracks would fit, and is not taken alone"
    with backend.database.read() as session:
        assert sum(row.tracks for row in session.query(TenantUsage)) == 2, "what was not accepted is not counted"
    a_day_passes(backend, found["id"])
    work()
    assert caller.get(f"/v1/deliveries/{found['id']}").json()["state"] == "done"
    assert len(live(caller)) == 4


def test_updates_and_takedowns_need_no_quota(caller: Caller, backend, work, quota) -> None:
    delivered(caller, work, {"message.xml": ern(), **BOTH})
    quota(1)
    with backend.database.write() as session:
        update = {"m.xml": (ern("M2", created="2026-11-02T10:00:00Z", title="High Water", files=False), 0)}
        for name, (content, _) in update.items():
            with backend.blobs.stage() as staged:
                staged.write(content)
                update[name] = staged.commit()
        row = Deliveries(session).accept(caller.tenant_id, update, utc_now())
        delivery_id = row.id
    work()
    assert caller.get(f"/v1/deliveries/{delivery_id}").json()["state"] == "done"
    assert {track["metadata"]["title"] for track in live(caller).values()} == {"High Water 1", "High Water 2"}


def test_other_audio_of_a_batch_that_waits_may_still_be_sent(caller: Caller, backend, work, quota) -> None:
    quota(1)
    files = batch(2)
    missing = {name: content for name, content in files.items() if name != "2.wav"}
    found = delivered(caller, work, missing)
    assert [row["fault"] and row["fault"]["status"] for row in found["rows"]] == [None, "ResourceMissing"]
    parts = [("file", ("2.wav", OTHER, "audio/wav"))]
    place = f"/v1/deliveries/{found['id']}/files"
    assert caller.client.post(place, files=parts, headers=caller.headers).status_code == 202
    work()
    a_day_passes(backend, found["id"])
    work()
    assert len(live(caller)) == 2
