"""What an API key may do."""

from enum import StrEnum


class Scope(StrEnum):
    """One permission. ``admin`` includes all others."""

    TRACKS_WRITE = "tracks:write"
    TRACKS_READ = "tracks:read"
    CASES_READ = "cases:read"
    CASES_DECIDE = "cases:decide"
    WEBHOOKS = "webhooks"
    APPEALS_WRITE = "appeals:write"
    APPEALS_READ = "appeals:read"
    APPEALS_DECIDE = "appeals:decide"
    REPORTS_WRITE = "reports:write"
    QUALITY_READ = "quality:read"
    QUALITY_WRITE = "quality:write"
    ADMIN = "admin"


SCOPE_MEANINGS: dict[Scope, str] = {
    Scope.TRACKS_WRITE: "deliver, correct and withdraw tracks and releases",
    Scope.TRACKS_READ: "read tracks, releases, recordings, labels and the label feed",
    Scope.CASES_READ: "read cases and decisions",
    Scope.CASES_DECIDE: "decide cases and undo decisions",
    Scope.WEBHOOKS: "make, read, change and remove webhooks",
    Scope.APPEALS_WRITE: "lodge appeals and write into their dialogue",
    Scope.APPEALS_READ: "read appeals and their files",
    Scope.APPEALS_DECIDE: "decide appeals, as a person",
    Scope.REPORTS_WRITE: "pass on notices from outside",
    Scope.QUALITY_READ: "read how reviewers judge: agreement, known answers, scores, the data set of judgements",
    Scope.QUALITY_WRITE: "set known answers, and how much is looked at once more",
    Scope.ADMIN: "everything, tenants and keys included",
}


def allows(granted: frozenset[Scope], needed: Scope) -> bool:
    """Whether the granted scopes include the needed one."""
    return needed in granted or Scope.ADMIN in granted


def known_scopes(names: list[str]) -> frozenset[Scope]:
    """The scopes among the names; a name that this version does not know grants nothing."""
    known = {scope.value: scope for scope in Scope}
    return frozenset(known[name] for name in names if name in known)
