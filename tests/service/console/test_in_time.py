"""The case says which seconds drove the likelihood, for how much of the track, and whether traces follow the vocals."""

import json
import re
from datetime import timedelta
from html import unescape

from starlette.testclient import TestClient

from schemas.review import ReviewerRole
from service.api.backend import Backend
from service.app import create_app
from service.console import sessions
from service.store.clock import utc_now
from service.store.reviewers import Reviewers
from tests.service.api.caller import Caller, new_tenant
from tests.service.api.judging import judge


def case_page(backend: Backend) -> str:
    with TestClient(create_app(backend=backend)) as client:
        owner = Caller.with_key(client, backend, tenant := new_tenant(backend, "Label"), ["admin"])
        case_id = judge(backend, owner.delivered())
        now = utc_now()
        with backend.database.write() as session:
            person = Reviewers(session).add(tenant, name="ines", password_hash="-", role=ReviewerRole.REVIEWER, now=now)
            Reviewers(session).sign_in(
                person, token_sha256=sessions.token_sha256("t"), now=now, expires_at=now + timedelta(hours=1)
            )
        return client.get(f"/console/cases/{case_id}", headers={"Cookie": f"{sessions.COOKIE}=t"}).text


def test_overlapping_segments_are_shown_as_runs_and_as_one_course(backend: Backend) -> None:
    page = case_page(backend)
    assert page.count('data-play="') == 1
    assert 'data-play="10.0" data-until="15.0">0:10–0:15 · 92 %' in page
    assert "4 % of the track, longest run 0:07; traces follow the vocals" in page
    player = json.loads(unescape(re.findall(r'data-player="([^"]*)"', page)[0]))
    assert [piece[:2] for piece in player["segments"]] == [[10.0, 12.5], [12.5, 15.0], [15.0, 17.5], [17.5, 183.2]]


def test_what_a_network_in_shadow_says_is_shown_as_what_counts_for_nothing(backend: Backend) -> None:
    assert (
        "residual network 2026.12-n1, in shadow, counts for nothing: 31 % of recordings by people reach its score, "
        "4 % are as unlike the others" in case_page(backend)
    )
