"""Templates, and the headers every page carries."""

from datetime import datetime
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from schemas.disclosure import Facet
from service.console import keys, navigation
from service.console.flashes import Flash
from service.inert import inert
from service.store.clock import utc_now

FOLDER = Path(__file__).parent
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {"content-security-policy": CSP, "cache-control": "no-store", "referrer-policy": "same-origin"}


def ago(moment: datetime) -> str:
    """How long ago, in one unit."""
    return span((utc_now() - moment).total_seconds())


def until(moment: datetime) -> str:
    """How long until then, in one unit."""
    return span((moment - utc_now()).total_seconds())


def span(length_s: float) -> str:
    """A length of time in one unit."""
    seconds = max(0, int(length_s))
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            number = seconds // size
            return f"{number} {unit}{'s' if number != 1 else ''}"
    return "less than a minute"


def clock(seconds: float) -> str:
    """A place in a recording, such as ``3:07``."""
    whole = int(seconds)
    return f"{whole // 60}:{whole % 60:02}"


def moment(seconds: float) -> str:
    """A place in a recording to the tenth of a second, such as ``3:07.4``."""
    tenths = round(seconds * 10)
    return f"{tenths // 600}:{tenths % 600 // 10:02}.{tenths % 10}"


def value(fact: Any) -> str:
    """A fact's value as a reviewer reads it."""
    if isinstance(fact, bool):
        return "yes" if fact else "no"
    if isinstance(fact, float):
        return f"{fact:.3g}"
    return inert(", ".join(map(str, fact)) if isinstance(fact, list) else str(fact), 200)


def facet(name: Facet) -> str:
    return name.value.replace("_", "-").lower()


_ENVIRONMENT = Environment(
    loader=FileSystemLoader(FOLDER / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters.update(inert=inert, ago=ago, until=until, clock=clock, moment=moment, value=value, facet=facet)
_ENVIRONMENT.globals["key_help"] = keys.by_place()


def page(
    template: str, status: int = 200, *, here: str = "", flash: Flash | None = None, **context: Any
) -> HTMLResponse:
    """A page of the console.

    ``reviewer`` is who looks at it, or nobody on the sign-in page; ``here`` is the address of the place in the
    navigation that it belongs to; ``flash`` tells what was just done.
    """
    reviewer = context.setdefault("reviewer", None)
    context |= {"here": here, "flash": flash, "places": navigation.places(reviewer.role) if reviewer else []}
    return HTMLResponse(_ENVIRONMENT.get_template(template).render(**context), status, headers=HEADERS)
