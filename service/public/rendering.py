"""Pages for people without an account: no script, one style sheet, nothing that others can frame."""

from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from schemas.exports.credits import facet_name
from service.inert import inert

FOLDER = Path(__file__).parent
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(FOLDER / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters.update(inert=inert, facet=facet_name)
_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
}


def render(template: str, status: int = 200, *, headers: dict[str, str] | None = None, **context: Any) -> HTMLResponse:
    """A page from a template; ``headers`` take the place of the usual ones."""
    return HTMLResponse(_ENVIRONMENT.get_template(template).render(**context), status, headers=headers or _HEADERS)
