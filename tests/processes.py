"""Other processes for tests, without each of them importing everything anew."""

import multiprocessing
from multiprocessing.context import ForkServerContext

_IMPORTED_ONCE = ["alembic.command", "psycopg", "service.store.blobs", "service.store.migrations", "tests.deliveries"]


def processes() -> ForkServerContext:
    """A context whose processes share nothing with the test but are there at once, forked from a small server."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_IMPORTED_ONCE)
    return context
