"""What each role may do, as one table. Pure.

A person's role opens the same scopes as an API key has, so that the console and the API ask one question. A person's
own key opens what both the key and the role allow, as long as the role lasts.
"""

from schemas.review import ReviewerRole
from service.auth.scopes import Scope

_READS = frozenset({Scope.TRACKS_READ, Scope.CASES_READ, Scope.APPEALS_READ})
_DECIDES = _READS | {Scope.CASES_DECIDE, Scope.APPEALS_WRITE, Scope.APPEALS_DECIDE, Scope.REPORTS_WRITE}

ROLE_SCOPES: dict[ReviewerRole, frozenset[Scope]] = {
    ReviewerRole.AUDITOR: _READS | {Scope.QUALITY_READ},
    ReviewerRole.REVIEWER: _DECIDES,
    ReviewerRole.SENIOR: _DECIDES | {Scope.QUALITY_READ, Scope.QUALITY_WRITE},
    ReviewerRole.POLICY_OWNER: _READS | {Scope.QUALITY_READ},
    ReviewerRole.INTEGRATOR: _READS | {Scope.TRACKS_WRITE, Scope.WEBHOOKS},
    ReviewerRole.ADMINISTRATOR: frozenset(Scope),
}
"""An auditor changes nothing. Who owns the policy does not judge by it, so that nobody bends a rule to a case."""


def role_allows(role: ReviewerRole, needed: Scope) -> bool:
    """Whether a role opens a scope."""
    return needed in ROLE_SCOPES[role]
