"""``earmark worker``: the Celery worker, one process and its pool."""

import os
import warnings
from typing import Annotated

import typer

NATIVE_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
"""Libraries that would start a thread a core in every pool process; the pool itself uses the cores."""


FIGURES = "PROMETHEUS_MULTIPROC_DIR"
"""Prometheus' own variable for the folder of its multi-process mode."""


def register(app: typer.Typer) -> None:
    app.command()(worker)


def worker(
    queues: Annotated[
        str | None, typer.Option(help="Kinds of work to do, separated by commas; all of them if left out.")
    ] = None,
    processes: Annotated[int | None, typer.Option(min=1, help="Pool size; EARMARK_WORKER_PROCESSES.")] = None,
) -> None:
    """Analyse, decide and deliver what is due."""
    for name in NATIVE_THREADS:
        os.environ.setdefault(name, "1")

    _gather_figures()

    from celery.platforms import SecurityWarning

    from service import lifeline, logs
    from service.models import ModelUnusable, check_models
    from service.policy import rules_in_force
    from service.register import read_register
    from service.rules import PackRefused
    from service.settings import Settings
    from service.simulation import ScenarioError
    from workers import figures
    from workers.app import app as celery
    from workers.queues import QUEUES

    settings = Settings()
    logs.configure(settings)
    if settings.worker_metrics_port:
        figures.listen(settings.worker_metrics_host, settings.worker_metrics_port)
    warnings.filterwarnings("ignore", category=SecurityWarning)  # about pickled messages as root; ours are JSON
    known = [queue.name for queue in QUEUES]
    wanted = queues.split(",") if queues else known
    if unknown := sorted(set(wanted) - set(known)):
        raise typer.BadParameter(f"there is no queue {', '.join(unknown)}; there are {', '.join(known)}")
    try:
        rules_in_force(settings)
        read_register(settings.register_file)
        check_models(settings)
    except (PackRefused, ScenarioError, ModelUnusable, OSError) as error:
        typer.echo(f"earmark: {error}", err=True)
        raise typer.Exit(1) from error
    lifeline.hold()
    celery.Worker(
        queues=wanted,
        concurrency=processes or settings.worker_processes,
        hostname=f"earmark-{os.getpid()}@%h",
        loglevel="WARNING" if settings.log_level == "info" else settings.log_level.upper(),
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        quiet=True,
    ).start()


def _gather_figures() -> None:
    """A folder for the figures of the pool's processes. Prometheus' library looks for it when it is imported, so this
    comes before anything that imports it."""
    from service.cli import figures_folder

    os.environ[FIGURES] = str(figures_folder.make())
