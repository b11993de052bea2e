import re

import pytest

from service.api.backend import Backend
from service.auth.keys import new_key
from service.auth.scopes import Scope
from service.store.api_keys import ApiKeys
from service.store.clock import utc_now
from tests.service.api.caller import Caller

OPERATIONS = [
    ("POST", "/v1/tracks", Scope.TRACKS_WRITE),
    ("GET", "/v1/tracks", Scope.TRACKS_READ),
    ("GET", "/v1/tracks/trk_x", Scope.TRACKS_READ),
    ("PATCH", "/v1/tracks/trk_x", Scope.TRACKS_WRITE),
    ("DELETE", "/v1/tracks/trk_x", Scope.TRACKS_WRITE),
    ("PUT", "/v1/tracks/trk_x/declaration", Scope.TRACKS_WRITE),
    ("PUT", "/v1/tracks/trk_x/audio", Scope.TRACKS_WRITE),
    ("GET", "/v1/tracks/trk_x/audio", Scope.TRACKS_READ),
    ("POST", "/v1/uploads", Scope.TRACKS_WRITE),
    ("HEAD", "/v1/uploads/upl_x", Scope.TRACKS_WRITE),
    ("PATCH", "/v1/uploads/upl_x", Scope.TRACKS_WRITE),
    ("DELETE", "/v1/uploads/upl_x", Scope.TRACKS_WRITE),
    ("POST", "/v1/deliveries", Scope.TRACKS_WRITE),
    ("GET", "/v1/deliveries", Scope.TRACKS_READ),
    ("POST", "/v1/deliveries/dlv_x/files", Scope.TRACKS_WRITE),
    ("GET", "/v1/deliveries/dlv_x", Scope.TRACKS_READ),
    ("GET", "/v1/deliveries/dlv_x/acknowledgement", Scope.TRACKS_READ),
    ("POST", "/v1/releases", Scope.TRACKS_WRITE),
    ("GET", "/v1/releases", Scope.TRACKS_READ),
    ("GET", "/v1/releases/rel_x", Scope.TRACKS_READ),
    ("GET", "/v1/tracks/trk_x/labels", Scope.TRACKS_READ),
    ("GET", "/v1/labels", Scope.TRACKS_READ),
    ("GET", "/v1/disclosure-form", Scope.TRACKS_READ),
    ("PUT", "/v1/tracks/trk_x/disclosure", Scope.TRACKS_WRITE),
    ("POST", "/v1/tracks/trk_x/declaration-requests", Scope.TRACKS_WRITE),
    ("GET", "/v1/tracks/trk_x/exports", Scope.TRACKS_READ),
    ("GET", "/v1/tracks/trk_x/exports/apple", Scope.TRACKS_READ),
    ("GET", "/v1/tracks/trk_x/manifest", Scope.TRACKS_READ),
    ("GET", "/v1/tracks/trk_x/signed-copy", Scope.TRACKS_READ),
    ("GET", "/v1/recordings", Scope.TRACKS_READ),
    ("GET", "/v1/tracks/trk_x/edges", Scope.TRACKS_READ),
    ("GET", "/v1/cases", Scope.CASES_READ),
    ("GET", "/v1/cases/cas_x", Scope.CASES_READ),
    ("PUT", "/v1/cases/cas_x/claim", Scope.CASES_DECIDE),
    ("DELETE", "/v1/cases/cas_x/claim", Scope.CASES_DECIDE),
    ("POST", "/v1/cases/cas_x/claim/extend", Scope.CASES_DECIDE),
    ("POST", "/v1/decisions", Scope.CASES_DECIDE),
    ("GET", "/v1/decisions", Scope.CASES_READ),
    ("POST", "/v1/decisions/dec_x/undo", Scope.CASES_DECIDE),
    ("GET", "/v1/decisions/dec_x", Scope.CASES_READ),
    ("GET", "/v1/decisions/dec_x/statement-of-reasons", Scope.CASES_READ),
    ("GET", "/v1/decisions/dec_x/notice", Scope.CASES_READ),
    ("GET", "/v1/policies", Scope.CASES_READ),
    ("POST", "/v1/appeals", Scope.APPEALS_WRITE),
    ("GET", "/v1/appeals", Scope.APPEALS_READ),
    ("GET", "/v1/appeals/apl_x", Scope.APPEALS_READ),
    ("POST", "/v1/appeals/apl_x/messages", Scope.APPEALS_WRITE),
    ("POST", "/v1/appeals/apl_x/files", Scope.APPEALS_WRITE),
    ("GET", "/v1/appeals/apl_x/files/fil_x", Scope.APPEALS_READ),
    ("POST", "/v1/appeals/apl_x/decision", Scope.APPEALS_DECIDE),
    ("POST", "/v1/webhooks", Scope.WEBHOOKS),
    ("GET", "/v1/webhooks", Scope.WEBHOOKS),
    ("GET", "/v1/webhooks/whk_x", Scope.WEBHOOKS),
    ("PATCH", "/v1/webhooks/whk_x", Scope.WEBHOOKS),
    ("DELETE", "/v1/webhooks/whk_x", Scope.WEBHOOKS),
    ("POST", "/v1/webhooks/whk_x/rotate", Scope.WEBHOOKS),
    ("GET", "/v1/webhooks/whk_x/dead-letters", Scope.WEBHOOKS),
    ("POST", "/v1/webhooks/whk_x/replay", Scope.WEBHOOKS),
    ("POST", "/v1/tracks/trk_x/appeal-link", Scope.APPEALS_WRITE),
    ("GET", "/v1/webhooks/whk_x/attempts", Scope.WEBHOOKS),
    ("POST", "/v1/webhooks/whk_x/test", Scope.WEBHOOKS),
    ("POST", "/v1/decision-batches", Scope.CASES_DECIDE),
    ("GET", "/v1/decision-batches/bat_x", Scope.CASES_READ),
    ("GET", "/v1/judgements", Scope.QUALITY_READ),
    ("GET", "/v1/people", Scope.ADMIN),
    ("PATCH", "/v1/people/rev_x", Scope.ADMIN),
    ("PUT", "/v1/cases/cas_x/golden", Scope.QUALITY_WRITE),
    ("DELETE", "/v1/cases/cas_x/golden", Scope.QUALITY_WRITE),
    ("POST", "/v1/decision-batches/bat_x/undo", Scope.CASES_DECIDE),
    ("POST", "/v1/reports", Scope.REPORTS_WRITE),
    ("GET", "/v1/reports", Scope.CASES_READ),
    ("GET", "/v1/reports/rep_x", Scope.CASES_READ),
]
OPEN = {"/healthz", "/readyz", "/metrics", "/public/tracks/{track_id}"}
NAMED = {
    "track_id": "trk_x", "release_id": "rel_x", "case_id": "cas_x", "decision_id": "dec_x", "webhook_id": "whk_x",
    "upload_id": "upl_x", "delivery_id": "dlv_x", "appeal_id": "apl_x", "file_id": "fil_x", "format": "apple",
    "batch_id": "bat_x", "report_id": "rep_x", "person_id": "rev_x",
}  # fmt: skip


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Keys are found by one plain query: one kind of database is enough."""
    return sqlite_url


def test_the_table_above_has_every_operation(caller: Caller) -> None:
    described = caller.client.get("/openapi.json").json()["paths"]
    operations = {
        (method.upper(), re.sub(r"\{(\w+)\}", lambda name: NAMED[name[1]], path))
        for path, methods in described.items()
        for method in methods
        if path not in OPEN
    }
    assert operations == {(method, path) for method, path, _ in OPERATIONS}


@pytest.mark.parametrize(("method", "path", "scope"), OPERATIONS)
def test_every_operation_needs_its_scope_and_no_other(
    caller: Caller, backend: Backend, method: str, path: str, scope: Scope
) -> None:
    others = [other for other in Scope if other not in (scope, Scope.ADMIN)]
    without = Caller.with_key(caller.client, backend, caller.tenant_id, others)
    answer = without.send(method, path)
    assert answer.status_code == 403
    if method != "HEAD":
        assert answer.json()["type"] == "/problems/missing-scope"
        assert answer.json()["detail"] == f"This operation needs the scope {scope.value}."
    for enough in (scope, Scope.ADMIN):
        granted = Caller.with_key(caller.client, backend, caller.tenant_id, [enough])
        allowed = granted.send(method, path)
        assert allowed.status_code not in (401, 403) or allowed.json()["type"] == "/problems/needs-a-person"
    assert caller.client.request(method, path).status_code == 401


def test_unknown_revoked_and_malformed_keys_get_the_same_answer(caller: Caller, backend: Backend) -> None:
    revoked = Caller.with_key(caller.client, backend, caller.tenant_id, list(Scope))
    with backend.database.write() as session:
        keys = ApiKeys(session)
        keys.revoke(next(key.id for key in keys.of_tenant(caller.tenant_id) if key.prefix in revoked.key), utc_now())
    right_prefix = caller.key[:17] + "A" * 42
    wrong = [None, "", "Bearer", "Basic YTpi", "Bearer x", f"Bearer {new_key().key}", f"Bearer {revoked.key}"]
    wrong += [f"Bearer {right_prefix}", f"Bearer {caller.key}x", f"Bearer {caller.key.upper()}", f"Token {caller.key}"]
    answers = set()
    for header in wrong:
        headers = {} if header is None else {"Authorization": header}
        answer = caller.client.get("/v1/tracks", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="earmark"'
        body = answer.json()
        body.pop("instance")
        answers.add(str(body))
    assert len(answers) == 1


def test_the_scheme_is_written_in_any_case(caller: Caller) -> None:
    assert caller.client.get("/v1/tracks", headers={"Authorization": f"bEARER {caller.key}"}).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/tracks/{id}"),
        ("GET", "/v1/tracks/{id}/labels"),
        ("DELETE", "/v1/tracks/{id}"),
        ("PATCH", "/v1/tracks/{id}"),
        ("PUT", "/v1/tracks/{id}/declaration"),
    ],
)
def test_anothers_track_is_answered_like_one_that_does_not_exist(
    caller: Caller, stranger: Caller, method: str, path: str
) -> None:
    """The same status, the same text, the same headers: nothing tells that the id is somebody's."""
    theirs = stranger.delivered()
    unknown = theirs[:-6] + "000000"
    body = {} if method in ("PATCH", "PUT") else None
    answers = []
    for track_id in (theirs, unknown):
        answer = caller.send(method, path.format(id=track_id), body, If_Match='"1"')
        said = answer.json()
        said.pop("instance")
        answers.append((answer.status_code, said, sorted(answer.headers.keys()), answer.headers["content-length"]))
    assert answers[0] == answers[1]
    assert answers[0][0] == 404
    assert stranger.get(f"/v1/tracks/{theirs}").json()["state"] == "received"


def test_lists_show_the_tenants_own_alone(caller: Caller, stranger: Caller) -> None:
    stranger.delivered(release={"upc": "036000291452"})
    for path in ("/v1/tracks", "/v1/releases", "/v1/cases", "/v1/decisions", "/v1/labels"):
        assert caller.get(path).json()["items"] == []
    assert caller.get("/v1/recordings", isrc="QZEM62600001").json()["items"] == []
    theirs = stranger.get("/v1/tracks").json()["items"][0]["id"]
    assert caller.get("/v1/tracks", cursor=theirs).status_code == 422
