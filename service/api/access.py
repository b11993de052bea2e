"""Who may call an operation: the dependency that turns a bearer key into a principal with the needed scope."""

from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials

from schemas.problems import ProblemType
from service.api.backend import Backend, backend_of
from service.api.problems import ProblemError
from service.auth.bearer import bearer_token
from service.auth.keys import matches, prefix_of
from service.auth.principal import Principal
from service.auth.roles import ROLE_SCOPES
from service.auth.scopes import SCOPE_MEANINGS, Scope, allows, known_scopes
from service.store.api_keys import ApiKeys
from service.store.reviewers import Reviewers
from service.store.tenants import Tenants

_scheme = HTTPBearer(
    auto_error=False,
    scheme_name="apiKey",
    description="An API key as bearer token. Scopes: "
    + "; ".join(f"`{scope.value}`: {meaning}" for scope, meaning in SCOPE_MEANINGS.items())
    + ".",
)


def needs(scope: Scope) -> Any:
    """Dependency of an operation that needs ``scope``; gives the :class:`Principal`, or ends in a 401 or 403."""

    def principal(
        request: Request,
        _documented: Annotated[HTTPAuthorizationCredentials | None, Depends(_scheme)] = None,
    ) -> Principal:
        backend = backend_of(request)
        found = authenticate(backend, request.headers.get("authorization"))
        backend.limits.check_requests(found.tenant_id, found.requests_per_minute)
        if not allows(found.scopes, scope):
            raise ProblemError(ProblemType.MISSING_SCOPE, f"This operation needs the scope {scope.value}.")
        return found

    return Depends(principal)


def authenticate(backend: Backend, authorization: str | None) -> Principal:
    """The principal behind an Authorization header. Unknown, malformed and revoked keys end in the same 401."""
    key = bearer_token(authorization)
    prefix = prefix_of(key) if key else None
    if key is None or prefix is None:
        raise _unauthenticated()
    with backend.database.read() as session:
        row = ApiKeys(session).by_prefix(prefix)
        tenant = Tenants(session).get(row.tenant_id) if row else None
        person = Reviewers(session).get(row.reviewer_id) if row and row.reviewer_id else None
    if not matches(key, row.sha256 if row else None) or row is None or row.revoked_at is not None:
        raise _unauthenticated()
    own_limit = tenant.requests_per_minute if tenant else None
    scopes = known_scopes(row.scopes)
    if row.reviewer_id is None:
        return Principal(row.tenant_id, row.id, scopes, f"{row.name} ({row.prefix})", own_limit)
    if person is None or person.disabled_at is not None:
        raise _unauthenticated()
    opened = frozenset(scope for scope in ROLE_SCOPES[person.role] if allows(scopes, scope))
    return Principal(row.tenant_id, row.id, opened, person.name, own_limit, is_person=True)


def _unauthenticated() -> ProblemError:
    return ProblemError(
        ProblemType.UNAUTHENTICATED,
        "Send a valid API key as Authorization: Bearer <key>.",
        headers={"WWW-Authenticate": 'Bearer realm="earmark"'},
    )


TracksWriter = Annotated[Principal, needs(Scope.TRACKS_WRITE)]
TracksReader = Annotated[Principal, needs(Scope.TRACKS_READ)]
CasesReader = Annotated[Principal, needs(Scope.CASES_READ)]
CasesDecider = Annotated[Principal, needs(Scope.CASES_DECIDE)]
ReportsWriter = Annotated[Principal, needs(Scope.REPORTS_WRITE)]
AppealsWriter = Annotated[Principal, needs(Scope.APPEALS_WRITE)]
AppealsReader = Annotated[Principal, needs(Scope.APPEALS_READ)]
AppealsDecider = Annotated[Principal, needs(Scope.APPEALS_DECIDE)]
WebhooksOwner = Annotated[Principal, needs(Scope.WEBHOOKS)]
