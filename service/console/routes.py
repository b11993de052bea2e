"""The console as one router under ``/console``, and its static files."""

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import FileResponse, Response

from service.console import account, audio, case, identity, queue, second_factor, sign_in
from service.console.rendering import FOLDER
from service.console.sessions import Elsewhere

STATIC = {"console.css": "text/css", "console.js": "text/javascript"}

router = APIRouter(prefix="/console", include_in_schema=False)
for part in (sign_in, second_factor, identity, account, queue, case, audio):
    router.include_router(part.router)


@router.get("/static/{name}")
def static(name: str) -> Response:
    if name not in STATIC:
        return Response(status_code=404)
    return FileResponse(FOLDER / "static" / name, media_type=STATIC[name], headers={"cache-control": "no-cache"})


def install(app: FastAPI) -> None:
    """Add the console to the application."""
    app.include_router(router)

    @app.exception_handler(Elsewhere)
    def elsewhere(_request: Request, raised: Elsewhere) -> Response:
        return raised.answer
