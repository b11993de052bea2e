"""The ASGI application, ``service.app:app``. Importing it opens, reads and starts nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from service import logs, tracing
from service.api import (
    appeals,
    bulk,
    cases,
    claims,
    corrections,
    decisions,
    deliveries,
    disclosure,
    edges,
    errors,
    exports,
    golden_cases,
    health,
    judgements,
    labels,
    notices,
    openapi,
    originals,
    people,
    policies,
    problems,
    recordings,
    releases,
    reports,
    tracks,
    tus,
    webhook_attempts,
    webhooks,
)
from service.api.backend import Backend
from service.api.edge import Edge
from service.console import routes as console
from service.public import credits, declare, notice
from service.settings import Settings


def create_app(settings: Settings | None = None, backend: Backend | None = None) -> FastAPI:
    """An application of its own.

    Without ``backend`` the application opens one when it starts, as ``settings`` (by default the environment) say, and
    closes it when it ends; one that is given stays the caller's.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.backend = backend or await run_in_threadpool(_open, settings or Settings())
        yield
        if backend is None:
            await run_in_threadpool(app.state.backend.close)
            await run_in_threadpool(tracing.shut_down)

    app = FastAPI(lifespan=lifespan, redirect_slashes=False, docs_url=None, redoc_url=None, **openapi.ABOUT)
    errors.install(app)
    for noun in (
        tracks,
        corrections,
        tus,
        deliveries,
        releases,
        labels,
        disclosure,
        exports,
        originals,
        recordings,
        edges,
        cases,
        claims,
        decisions,
        bulk,
        golden_cases,
        judgements,
        people,
        notices,
        policies,
        appeals,
        reports,
        webhook_attempts,
        webhooks,
        credits,
        declare,
        notice,
        health,
        problems,
    ):
        app.include_router(noun.router)
    app.include_router(appeals.links)
    console.install(app)
    openapi.install(app)
    app.add_middleware(Edge)
    return app


def _open(settings: Settings) -> Backend:
    logs.configure(settings)
    tracing.configure(settings, "api")
    return Backend.open(settings)


app = create_app()
