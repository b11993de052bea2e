"""Webhooks over the API: made, shown, changed, removed, and walled off from other tenants."""

from typing import Any

import pytest

from schemas.events import EventKind
from service.api.backend import Backend
from service.settings import Settings
from service.store.clock import utc_now
from service.store.tables.webhooks import DisabledBecause, Webhook, WebhookDeadLetter
from service.store.webhooks import Webhooks
from tests.service.api.caller import Caller

URL = "https://hooks.example.com/earmark"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"webhooks_per_tenant": 3})


def made(caller: Caller, **said: Any) -> dict[str, Any]:
    answer = caller.send("POST", "/v1/webhooks", {"url": URL, **said})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_a_webhook_is_made_and_its_secret_shown_once(caller: Caller) -> None:
    answer = caller.send("POST", "/v1/webhooks", {"url": URL, "events": ["track.labelled"], "description": "ours"})
    assert answer.status_code == 201
    webhook = answer.json()
    assert answer.headers["Location"] == f"/v1/webhooks/{webhook['id']}"
    assert webhook["secret"].startswith("whsec_")
    assert len(webhook["secret"]) == 50
    shown = caller.get(f"/v1/webhooks/{webhook['id']}").json()
    assert shown == {name: value for name, value in webhook.items() if name != "secret"}
    assert (shown["enabled"], shown["events"], shown["failures"]) == (True, ["track.labelled"], 0)
    assert caller.get("/v1/webhooks").json()["items"] == [shown]


def test_the_same_request_under_the_same_key_makes_one(caller: Caller) -> None:
    events = ["track.labelled", "track.decided", "track.failed"]
    first, second = (
        caller.send("POST", "/v1/webhooks", {"url": URL, "events": order}, Idempotency_Key="k1")
        for order in (events, events[::-1])
    )
    assert first.json() == second.json()
    assert len(caller.get("/v1/webhooks").json()["items"]) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body.url"),
        ({"url": "http://hooks.example.com/"}, "body.url"),
        ({"url": "https://127.0.0.1/"}, "body.url"),
        ({"url": "https://[::ffff:10.0.0.1]/"}, "body.url"),
        ({"url": "https://localhost:8000/"}, "body.url"),
        ({"url": "https://a:b@hooks.example.com/"}, "body.url"),
        ({"url": "https://" + "a" * 3000}, "body.url"),
        ({"url": "not a url"}, "body.url"),
        ({"url": URL, "events": ["track.sung"]}, "body.events"),
        ({"url": URL, "secret": "mine"}, "body.secret"),
    ],
)
def test_what_is_wrong_with_a_webhook_is_said_of_its_field(caller: Caller, body: dict[str, Any], field: str) -> None:
    answer = caller.send("POST", "/v1/webhooks", body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].startswith(field)
    assert caller.get("/v1/webhooks").json()["items"] == []


def test_a_tenant_has_so_many_and_no_more(caller: Caller, stranger: Caller) -> None:
    for _ in range(3):
        made(caller)
    answer = caller.send("POST", "/v1/webhooks", {"url": URL})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/not-now")
    made(stranger)


def test_a_webhook_is_changed_disabled_and_enabled(caller: Caller, backend: Backend) -> None:
    path = f"/v1/webhooks/{made(caller)['id']}"
    other = "https://other.example.com/"
    changed = caller.send("PATCH", path, {"url": other, "events": ["track.decided"], "description": "moved"}).json()
    assert (changed["url"], changed["events"], changed["description"]) == (other, ["track.decided"], "moved")
    disabled = caller.send("PATCH", path, {"enabled": False}).json()
    assert (disabled["enabled"], disabled["disabled_because"], disabled["url"]) == (False, "asked", other)
    assert caller.send("POST", f"{path}/replay", {"dead_letters": True}).status_code == 409
    enabled = caller.send("PATCH", path, {"enabled": True}).json()
    assert (enabled["enabled"], enabled["disabled_at"]) == (True, None)
    assert caller.send("PATCH", path, {"url": "https://10.0.0.1/"}).status_code == 422
    assert caller.get(path).json()["url"] == other


def test_a_webhook_that_was_gone_is_shown_so(caller: Caller, backend: Backend) -> None:
    webhook_id = made(caller)["id"]
    with backend.database.write() as session:
        row = session.get(Webhook, webhook_id)
        assert row is not None
        Webhooks(session).disable(row, DisabledBecause.GONE, utc_now())
    assert caller.get(f"/v1/webhooks/{webhook_id}").json()["disabled_because"] == "gone"


def test_a_rotation_shows_another_secret_once(caller: Caller) -> None:
    webhook = made(caller)
    rotated = caller.send("POST", f"/v1/webhooks/{webhook['id']}/rotate").json()
    assert rotated["secret"] != webhook["secret"]
    assert "secret" not in caller.get(f"/v1/webhooks/{webhook['id']}").json()


def test_a_removed_webhook_is_gone_with_its_dead_letters(caller: Caller, backend: Backend) -> None:
    webhook_id = made(caller)["id"]
    track_id = caller.delivered()
    bury(backend, webhook_id, track_id)
    assert caller.send("DELETE", f"/v1/webhooks/{webhook_id}").status_code == 204
    assert caller.get(f"/v1/webhooks/{webhook_id}").status_code == 404
    assert caller.send("DELETE", f"/v1/webhooks/{webhook_id}").status_code == 404


def bury(backend: Backend, webhook_id: str, track_id: str) -> None:
    with backend.database.write() as session:
        session.add(
            WebhookDeadLetter(
                webhook_id=webhook_id, track_id=track_id, seq=1, attempts=10, error="it answered 500", at=utc_now()
            )
        )


def test_dead_letters_come_in_pages_and_are_replayed(caller: Caller, backend: Backend) -> None:
    webhook_id = made(caller)["id"]
    tracks = sorted(caller.delivered() for _ in range(3))
    for track_id in tracks:
        bury(backend, webhook_id, track_id)
    path = f"/v1/webhooks/{webhook_id}/dead-letters"
    first = caller.get(path, limit=2).json()
    rest = caller.get(path, limit=2, cursor=first["next_cursor"]).json()
    letters = first["items"] + rest["items"]
    assert [letter["track_id"] for letter in letters] == tracks
    assert rest["next_cursor"] is None
    assert (letters[0]["type"], letters[0]["attempts"], letters[0]["error"]) == (
        EventKind.RECEIVED.value,
        10,
        "it answered 500",
    )
    assert letters[0]["message_id"] == f"msg_{tracks[0][4:]}_1"
    replayed = caller.send("POST", f"/v1/webhooks/{webhook_id}/replay", {"dead_letters": True})
    assert (replayed.status_code, replayed.json()) == (202, {"tracks": 3})
    assert caller.get(path, cursor="x_y").status_code == 422


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"dead_letters": False},
        {"since": "2026-01-01T00:00:00Z", "dead_letters": True},
        {"since": "2026-01-01T00:00:00"},
        {"since": "yesterday"},
    ],
)
def test_a_replay_names_one_thing(caller: Caller, wrong: dict[str, Any]) -> None:
    path = f"/v1/webhooks/{made(caller)['id']}/replay"
    assert caller.send("POST", path, wrong).status_code == 422


def test_nobody_replays_another_tenants_track_or_touches_another_tenants_webhook(
    caller: Caller, stranger: Caller
) -> None:
    track_id = stranger.delivered()
    mine, theirs = made(caller)["id"], made(stranger)["id"]
    assert caller.send("POST", f"/v1/webhooks/{mine}/replay", {"track_id": track_id}).status_code == 404
    assert caller.send("POST", f"/v1/webhooks/{mine}/replay", {"since": "2020-01-01T00:00:00Z"}).json() == {"tracks": 0}
    unknown = theirs[:-6] + "000000"
    for method, path, body in [
        ("GET", "", None),
        ("PATCH", "", {"enabled": False}),
        ("DELETE", "", None),
        ("POST", "/rotate", None),
        ("GET", "/dead-letters", None),
        ("POST", "/replay", {"dead_letters": True}),
    ]:
        answers = [caller.send(method, f"/v1/webhooks/{one}{path}", body) for one in (theirs, unknown)]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].json()["detail"] == answers[1].json()["detail"]
    assert stranger.get(f"/v1/webhooks/{theirs}").json()["enabled"]


def test_attempts_are_listed_newest_first_and_only_to_their_owner(caller: Caller, stranger: Caller) -> None:
    webhook = made(caller)["id"]
    place = f"/v1/webhooks/{webhook}"
    first, second = (caller.send("POST", f"{place}/test").json() for _ in range(2))
    assert (first["outcome"], first["status"], first["type"]) == ("not_taken", None, "webhook.test")
    assert first["error"]
    page = caller.get(f"{place}/attempts", limit=1).json()
    assert [each["id"] for each in page["items"]] == [second["id"]]
    rest = caller.get(f"{place}/attempts", cursor=page["next_cursor"]).json()
    assert [each["id"] for each in rest["items"]] == [first["id"]]
    assert rest["next_cursor"] is None
    for method, path in (("GET", "attempts"), ("POST", "test")):
        assert stranger.send(method, f"{place}/{path}").status_code == 404
    assert caller.get(f"{place}/attempts", cursor="x").status_code == 422
