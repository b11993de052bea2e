"""The policy desk: a rule edited, back-tested, shadowed, promoted by a second person, rolled back, and braked."""

import html
import re

import pytest
from starlette.testclient import TestClient

from schemas.facts import Facts, SenderFacts
from schemas.review import DecisionIn, ReasonCode, ReviewerRole
from schemas.verdict import Action
from service.api.backend import Backend
from service.app import create_app
from service.policy import policy_in_force
from service.policy_changes import ChangeRefused
from service.policy_desk import PolicyDesk
from service.settings import Settings
from service.store.blobs import BlobStorage
from service.store.brakes import Brakes
from service.store.cases import Cases
from service.store.decisions import Decisions
from service.store.policies import Policies
from service.store.rule_sets import RuleSets
from service.store.tables.policy import RuleBrake
from service.store.tracks import Tracks
from service.store.verdicts import Verdicts
from tests.deliveries import NOON, cause, deliver, judgement
from tests.service.console.signing import HERE, person, sign_in
from tests.service.rules.packs import HEAD as ANY_HEAD
from tests.service.rules.packs import rule

HEAD = ANY_HEAD.format(name="house")
THEN = "{action: queue, priority: P2, queue: volume, case: sender}"
BUSY = rule("busy", "sender.tracks_24h > 50", THEN, given="{sender.tracks_24h: 90}", other="{sender.tracks_24h: 1}")
FEWER = BUSY.replace("> 50", "> 20").replace("status: live", "version: 2\n    status: shadow")


@pytest.fixture
def client(sqlite_database, tmp_path):
    pack = tmp_path / "house.yaml"
    pack.write_text(HEAD + BUSY)
    settings = Settings(data_dir=tmp_path / "data", policy_packs=str(pack))
    backend = Backend(settings, sqlite_database, BlobStorage.open(settings.storage))
    with TestClient(create_app(backend=backend)) as opened:
        opened.backend, opened.source = backend, str(pack)
        for name, role in (
            ("olga", ReviewerRole.POLICY_OWNER),
            ("adam", ReviewerRole.ADMINISTRATOR),
            ("ines", ReviewerRole.REVIEWER),
        ):
            person(backend, name, role)
        sign_in(opened, "olga")
        yield opened


def judged(client, count, *, found=ReasonCode.SPAM_CONFIRMED, tracks_24h=30):
    """Tracks with stored facts, each decided by a person."""
    with client.backend.database.write() as session:
        RuleSets(session).remember("rules-1", "rules: []", NOON)
        for n in range(count):
            track = deliver(session, f"{found}-{tracks_24h}-{n}", sender={"id": f"s{n}"})
            Tracks(session).find(track.id, lock=True)
            facts = Facts(sender=SenderFacts(tracks_24h=tracks_24h))
            Verdicts(session).stand(track, pipeline="test-1", facts=facts, judgement=judgement(), now=NOON)
            [case] = Cases(session).reconcile(track, [cause(track.id)], content="1", now=NOON)
            said = DecisionIn(case_id=case.id, action=Action.BLOCK, policy_clause="AI-1", reason=found)
            Decisions(session).decide(case.tenant_id, said, decided_by="ines", now=NOON)


def post(client, path, **data):
    return client.post(f"/console/policy{path}", data=data, headers=HERE, follow_redirects=False)


def drafted(client, text):
    answer = post(client, "/drafts", source=client.source, text=text, because="noise farms of November")
    assert answer.status_code == 303, html.unescape(answer.text)
    return answer.headers["location"].removeprefix("/console/policy")


def statuses(client):
    with client.backend.database.read() as session:
        rules = policy_in_force(session, client.backend.settings).rule_set().rules
        return {one.id: (one.version, one.status.value) for one in rules}


def test_errors_are_told_as_somebody_types(client):
    wrong = HEAD + BUSY.replace("sender.tracks_24h > 50", "sender.trakcs_24h > 50")
    [problem] = post(client, "/check", source=client.source, text=wrong.replace("\n", "\r\n")).json()["problems"]
    assert problem["line"] == wrong[: wrong.index("trakcs")].count("\n") + 1
    assert "trakcs_24h" in problem["message"] + str(problem["hint"])
    assert post(client, "/check", source=client.source, text=HEAD + BUSY).json() == {"problems": []}
    assert post(client, "/check", source=client.source, text="[").json()["problems"]
    shown = client.get("/console/policy/edit", params={"source": client.source, "rule": "busy"}).text
    assert re.search(r'data-line="(\d+)"', shown)[1] != "0"


def test_a_rule_is_edited_tested_shadowed_promoted_by_two_and_rolled_back(client):
    judged(client, 30)
    path = drafted(client, HEAD + FEWER)
    assert post(client, f"{path}/propose").status_code == 409
    assert post(client, f"{path}/test").status_code == 303
    shown = client.get(f"/console/policy{path}").text
    assert "<code>busy</code> is changed" in shown
    assert "100 % (89–100)" in shown
    assert post(client, f"{path}/propose").status_code == 303
    own = post(client, f"{path}/approve")
    assert "a second person approves it" in own.text
    sign_in(client, "adam")
    assert post(client, f"{path}/approve", answer="Fine.").status_code == 303
    assert statuses(client) == {"busy": (2, "shadow")}

    sign_in(client, "olga")
    raised = post(client, "/rules/busy/promote", because="three weeks in the shadow")
    path = raised.headers["location"].removeprefix("/console/policy")
    post(client, f"{path}/test")
    post(client, f"{path}/propose")
    sign_in(client, "adam")
    assert post(client, f"{path}/approve").status_code == 303
    assert statuses(client) == {"busy": (2, "live")}
    with client.backend.database.read() as session:
        assert policy_in_force(session, client.backend.settings).version == 2
    assert "olga, approved by adam" in client.get("/console/policy").text

    assert post(client, "/rollback", to="1", because="hits distributors").status_code == 303
    assert statuses(client) == {"busy": (2, "shadow")}
    assert post(client, "/rollback", to="0", because="all of it").status_code == 303
    assert statuses(client) == {"busy": (1, "live")}


def test_the_gate_stops_what_is_not_proven_unless_it_is_overruled_on_record(client):
    judged(client, 15)
    judged(client, 15, found=ReasonCode.NOT_SPAM)
    path = drafted(client, HEAD + FEWER.replace("action: queue", "action: hold").replace("shadow", "live"))
    post(client, f"{path}/test")
    assert "it needs 80%" in client.get(f"/console/policy{path}").text
    post(client, f"{path}/propose")
    sign_in(client, "adam")
    stopped = post(client, f"{path}/approve")
    assert stopped.status_code == 409
    assert "it needs 80%" in stopped.text
    assert statuses(client) == {"busy": (1, "live")}
    assert post(client, f"{path}/approve", despite_gate="true").status_code == 303
    assert "despite the gate" in client.get("/console/policy").text


def test_a_proposal_on_a_policy_that_has_changed_since_is_refused(client):
    first, second = drafted(client, HEAD + FEWER), drafted(client, HEAD + FEWER.replace("> 20", "> 10"))
    for path in (first, second):
        post(client, f"{path}/test")
        post(client, f"{path}/propose")
    sign_in(client, "adam")
    assert post(client, f"{first}/approve").status_code == 303
    late = post(client, f"{second}/approve")
    assert (late.status_code, "was changed since" in late.text) == (409, True)
    assert post(client, f"{second}/refuse").status_code == 409
    assert post(client, f"{second}/refuse", answer="Too wide.").status_code == 303
    assert "Too wide." in client.get(f"/console/policy{second}").text


def test_a_draft_that_is_not_sound_is_kept_and_cannot_be_proposed(client):
    path = drafted(client, HEAD + BUSY.replace("> 50", "> nothing"))
    assert "What is wrong with it" in client.get(f"/console/policy{path}").text
    assert post(client, f"{path}/test").status_code == 409
    assert post(client, f"{path}/propose").status_code == 409
    sign_in(client, "adam")
    assert post(client, f"{path}/save", text=HEAD + BUSY, because="mine now").status_code == 409
    sign_in(client, "olga")
    assert post(client, f"{path}/save", text=HEAD + FEWER, because="mended").status_code == 303
    assert post(client, f"{path}/test").status_code == 303
    assert post(client, f"{path}/refuse").status_code == 303
    assert "withdrawn" in client.get(f"/console/policy{path}").text


def test_figures_brakes_and_workers_are_shown_and_the_brake_is_let_go(client):
    judged(client, 20, tracks_24h=90)
    judged(client, 5, tracks_24h=90, found=ReasonCode.NOT_SPAM)
    with client.backend.database.write() as session:
        held = RuleBrake(
            rule="busy", version=1, acted_as=Action.HOLD, lowered_to=Action.QUEUE, good_senders=["a"], expected=0.1,
            tracks=1, message="Rule 'busy' hit 6 trusted senders", engaged_at=NOON,
        )  # fmt: skip
        Brakes(session).engage(held)
    assert post(client, "/count").status_code == 303
    shown = client.get("/console/policy").text
    assert "80 % " in shown
    assert "of 25" in shown
    assert "hit 6 trusted senders" in html.unescape(shown)
    assert "not live yet" in shown
    assert "Run time" in client.get("/console/policy/rules/busy").text
    assert post(client, "/rules/busy/release").status_code == 303
    assert post(client, "/rules/busy/release").status_code == 409


def test_everybody_reads_and_only_owners_change(client):
    path = drafted(client, HEAD + FEWER)
    sign_in(client, "ines")
    assert client.get("/console/policy").status_code == client.get(f"/console/policy{path}").status_code == 200
    for step in ("test", "propose", "approve", "refuse"):
        assert post(client, f"{path}/{step}", answer="x").status_code == 403
    for elsewhere in ("/drafts", "/check", "/count", "/rollback", "/rules/busy/demote", "/rules/busy/promote"):
        assert post(client, elsewhere, to="0").status_code == 403
    sign_in(client, "olga")
    foreign = client.post("/console/policy/rollback", data={"to": "0"}, headers={"Origin": "https://elsewhere.example"})
    assert foreign.status_code == 403
    assert client.get("/console/policy/proposals/prp_unknown").status_code == 404
    assert client.get("/console/policy/rules/unknown").status_code == 404
    assert client.get("/console/policy/edit", params={"source": "/etc/passwd"}).status_code == 404


def test_an_approval_that_dies_on_the_way_leaves_the_policy_as_it_was(client, monkeypatch):
    path = drafted(client, HEAD + FEWER)
    post(client, f"{path}/test")
    post(client, f"{path}/propose")
    sign_in(client, "adam")

    def die(*_said):
        raise ChangeRefused("died")

    monkeypatch.setattr(PolicyDesk, "_answer", staticmethod(die))
    assert post(client, f"{path}/approve").status_code == 409
    monkeypatch.undo()
    with client.backend.database.read() as session:
        assert Policies(session).in_force() is None
    assert post(client, f"{path}/approve").status_code == 303
