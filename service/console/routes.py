"""The console as one router under ``/console``, and its static files."""

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import FileResponse, Response
from fastapi.routing import APIRoute

from service.console import (
    account,
    appeal_link,
    appeals,
    audio,
    blind,
    bulk,
    case,
    compare,
    deliver,
    identity,
    messages,
    navigation,
    numbers,
    people,
    policy,
    proposals,
    quality,
    queue,
    reports,
    second_factor,
    second_looks,
    sign_in,
    uploader,
    webhooks,
)
from service.console.rendering import FOLDER
from service.console.sessions import Elsewhere

_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
STATIC = {path.name: _TYPES[path.suffix] for path in (FOLDER / "static").iterdir() if path.suffix in _TYPES}

router = APIRouter(prefix="/console", include_in_schema=False)
for part in (
    sign_in,
    second_factor,
    identity,
    account,
    queue,
    case,
    compare,
    uploader,
    blind,
    bulk,
    messages,
    audio,
    appeals,
    reports,
    quality,
    second_looks,
    numbers,
    people,
    deliver,
    proposals,
    policy,
    webhooks,
):
    router.include_router(part.router)
    navigation.offer(router.prefix + route.path for route in part.router.routes if isinstance(route, APIRoute))


@router.get("/static/{name}")
def static(name: str) -> Response:
    if name not in STATIC:
        return Response(status_code=404)
    return FileResponse(FOLDER / "static" / name, media_type=STATIC[name], headers={"cache-control": "no-cache"})


def install(app: FastAPI) -> None:
    """Add the console to the application."""
    app.include_router(router)
    app.include_router(appeal_link.router)

    @app.exception_handler(Elsewhere)
    def elsewhere(_request: Request, raised: Elsewhere) -> Response:
        return raised.answer
