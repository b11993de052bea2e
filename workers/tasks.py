"""The Celery tasks. Each is a wake-up: it works through what is due of its kind and returns."""

import os

from celery.signals import task_prerun, worker_process_init, worker_process_shutdown
from prometheus_client.multiprocess import mark_process_dead

from service import logs, tracing
from service.store.tables.jobs import JobKind
from workers import leaving, lifecycle
from workers.analyse import analyse
from workers.app import app
from workers.decide import decide
from workers.deliver import deliver
from workers.ingest import ingest
from workers.ledger import work_through
from workers.notify import notify


@app.task(name="earmark.analyse")
def wake_analyse() -> None:
    """Analyse what is due, one recording at a time."""
    work_through(lifecycle.context(), JobKind.ANALYSE, analyse, batch=1)


@app.task(name="earmark.decide")
def wake_decide() -> None:
    """Judge what is due."""
    context = lifecycle.context()
    work_through(context, JobKind.DECIDE, decide, batch=context.settings.claim_batch)


@app.task(name="earmark.deliver")
def wake_deliver() -> None:
    """Hand out what is due."""
    context = lifecycle.context()
    work_through(context, JobKind.DELIVER, deliver, batch=context.settings.claim_batch)


@app.task(name="earmark.notify")
def wake_notify() -> None:
    """Tell webhooks what is new, one at a time: each may take its time."""
    work_through(lifecycle.context(), JobKind.NOTIFY, notify, batch=1)


@app.task(name="earmark.ingest")
def wake_ingest() -> None:
    """Look into deliveries that are due, one at a time: each may be large."""
    work_through(lifecycle.context(), JobKind.INGEST, ingest, batch=1)


@worker_process_init.connect
def warm(**_: object) -> None:
    """Import what the first job would wait for, in the pool process itself."""
    from classifiers import pipeline

    assert pipeline.PIPELINE_VERSION
    logs.configure(lifecycle.context().settings)
    tracing.configure(lifecycle.context().settings, "worker")


@task_prerun.connect
def _insist(**_: object) -> None:
    """Before the work, not when the process starts: the pool sets its own handlers after that."""
    leaving.insist()


@worker_process_shutdown.connect
def _close(pid: int, **_: object) -> None:
    if pid == os.getpid():
        lifecycle.close()
        tracing.shut_down()
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            mark_process_dead(pid)
