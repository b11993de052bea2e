"""``earmark reconcile``: wakes workers while work is due and takes back what dead workers hold."""

import typer


def register(app: typer.Typer) -> None:
    app.command()(reconcile)


def reconcile() -> None:
    """Wake workers while work is due, and give back to the ledger what dead workers hold."""
    import signal
    import threading

    from service import lifeline, logs
    from service.settings import Settings
    from workers.reconcile import Reconciler

    stop = threading.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signal_number, lambda *_: stop.set())
    settings = Settings()
    logs.configure(settings)
    lifeline.hold()
    Reconciler(settings).run(stop)
