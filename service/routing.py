"""Routing rules as data: which queue a case goes to. Pure but for reading the file."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, StringConstraints

from schemas.verdict import Action, CaseScope, Priority
from service.yaml_rows import read_rows

SHIPPED = Path(__file__).with_suffix(".yaml")

Pattern = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class Route(BaseModel):
    """EITHER a key is left out, OR one of its values fits the case; a route whose every key fits sends it to
    ``queue``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    queue: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=64)]
    clauses: tuple[Pattern, ...] | None = None
    causes: tuple[Pattern, ...] | None = None
    scopes: frozenset[CaseScope] | None = None
    priorities: frozenset[Priority] | None = None
    actions: frozenset[Action] | None = None

    def fits(self, policy: str, cause: str, scope: CaseScope, priority: Priority, action: Action) -> bool:
        return (
            (self.clauses is None or any(fnmatchcase(policy, one) for one in self.clauses))
            and (self.causes is None or any(fnmatchcase(cause, one) for one in self.causes))
            and (self.scopes is None or scope in self.scopes)
            and (self.priorities is None or priority in self.priorities)
            and (self.actions is None or action in self.actions)
        )


class Routing:
    """The routes of a deployment, in order."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self.routes = tuple(routes)

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """Read a file; the routes that come with Earmark unless one is named. Raises :class:`RowsRefused`."""
        return cls(read_rows(path or SHIPPED, Route))

    def queue_for(
        self, *, policy: str, cause: str, scope: CaseScope, priority: Priority, action: Action, otherwise: str
    ) -> str:
        """The queue of the first route that fits; ``otherwise`` where none does."""
        fitting = (route.queue for route in self.routes if route.fits(policy, cause, scope, priority, action))
        return next(fitting, otherwise)
