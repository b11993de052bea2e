"""An import of any size delays neither a release of the coming days nor a case: what is claimed, and by which plan."""

from datetime import timedelta

import pytest
from sqlalchemy import event, text

from service.store.jobs import Jobs
from service.store.tables.jobs import JobKind, Lane
from tests.deliveries import NOON

IMPORT = 20_000


@pytest.fixture
def crowded(database):
    """A back catalogue that is due, and as many jobs of the most urgent lane that are not due yet."""
    columns = "kind, subject_id, state, lane, run_after, again, token, failures, losses, queued_at, updated_at"
    rows = []
    for name, lane, due in (
        ("import", Lane.BACK_CATALOGUE, NOON - timedelta(days=30)),
        ("later", Lane.RELEASE_DATE, NOON + timedelta(days=1)),
    ):
        rows += [{"subject": f"{name}_{number}", "lane": int(lane), "due": due} for number in range(IMPORT)]
    with database.write() as session:
        values = "'analyse', :subject, 'pending', :lane, :due, false, 0, 0, 0, :due, :due"
        session.execute(text(f"INSERT INTO job ({columns}) VALUES ({values})"), rows)
    with database.write() as session:
        session.execute(text("ANALYZE job"))
    return database


def claim(database, limit=1):
    with database.write() as session:
        jobs = Jobs(session).claim([JobKind.ANALYSE], limit=limit, worker="w", lease_s=60, now=NOON)
    return [job.subject_id for job in jobs]


def test_fridays_release_and_then_the_daily_business_go_before_an_import_that_waits_for_a_month(crowded):
    with crowded.write() as session:
        jobs = Jobs(session)
        jobs.enqueue(JobKind.ANALYSE, "daily", lane=Lane.NORMAL, now=NOON)
        jobs.enqueue(JobKind.ANALYSE, "friday", lane=Lane.RELEASE_DATE, now=NOON)
    assert claim(crowded, 2) == ["friday", "daily"]
    assert all(name.startswith("import") for name in claim(crowded, 3))


def test_a_claim_walks_the_index_and_touches_no_more_than_it_takes(crowded):
    """Neither the due import nor the urgent ones that are not due yet are read or sorted."""
    plans, how = [], "EXPLAIN (ANALYZE)" if crowded.dialect == "postgresql" else "EXPLAIN QUERY PLAN"

    def explain(connection, _cursor, statement, parameters, _context, _many):
        if statement.startswith("SELECT job.id"):
            plain = connection.connection.cursor()
            plain.execute(f"{how} {statement}", parameters)
            plans.append("\n".join(str(row[-1]) for row in plain.fetchall()))

    event.listen(crowded.engine, "before_cursor_execute", explain)
    assert len(claim(crowded, 5)) == 5
    event.remove(crowded.engine, "before_cursor_execute", explain)
    assert len(plans) == len(Lane)
    for plan in plans:
        assert "ix_job_pending" in plan
        assert "Seq Scan" not in plan and "SCAN job" not in plan
        assert "Sort" not in plan and "TEMP B-TREE" not in plan
        assert "Rows Removed by Filter" not in plan
