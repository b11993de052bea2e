"""Rings from stored ties: which accounts belong together, as of any delivery."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Select, func, literal, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from service.facts.rings import TIES, Rings, Tie
from service.store.artworks import Artworks
from service.store.tables.artworks import ArtworkRow
from service.store.tables.recordings import Recording
from service.store.tables.senders import SenderRow, SenderTie
from service.store.tables.sightings import SightingRow
from service.store.unindexed import unindexed

_AT_ONCE = 100
LATEST = 2**62
"""After every delivery there is."""


class Ties:
    """Rings stay within a tenant: what one tenant says of its senders is nobody else's business."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def rings(
        self,
        tenant_id: str,
        sender_key: str,
        *,
        until: int = LATEST,
        copied: str | None = None,
        most: int | None = None,
    ) -> Rings:
        """The ring of a sender with everything that decides about it, after the delivery number ``until``, which
        itself copied the recording ``copied`` (its group) and may not be stored as such yet.

        Only accounts that are joined are looked further into, and of a value no more accounts are read than make it a
        hub: an office's network costs no more than a pair. ``most``: no more accounts than this are looked into, for
        a page that shows no more.
        """
        rings = Rings()
        reached = {sender_key}
        frontier = [sender_key]
        while frontier:
            shown = self._shown_by(tenant_id, frontier, until)
            if copied is not None and sender_key in frontier:
                shown.append((Tie.RECORDING, copied, sender_key))
            links = self._showing(
                tenant_id, {(tie, value) for tie, value, _ in shown} - rings.accounts_on.keys(), until
            )
            parents = self._parents(tenant_id, {account for *_, account in (*shown, *links)} | set(frontier))
            for account in frontier:
                rings.parent_of.setdefault(account, parents.get(account))
            for tie, value, account in (*shown, *links):
                rings.show(account, tie, value, parent=parents.get(account))
            if most is not None and len(reached) >= most:
                break
            joined = {other for account in frontier for other in rings.neighbours(account)}
            frontier = sorted(joined - reached)
            if most is not None:
                frontier = frontier[: max(0, most - len(reached))]
            reached |= joined
        return rings

    def ring_now(self, tenant_id: str, sender_key: str) -> tuple[str, frozenset[str]]:
        """The sender's ring as of now and its name, which is the account of it that was known first: a ring that
        grows keeps its name, and in whatever order it was found it has the same."""
        ring = self.rings(tenant_id, sender_key).ring_of(sender_key)
        if len(ring) == 1:
            return sender_key, ring
        query = select(SenderRow.sender_key).where(SenderRow.sender_key.in_(ring)).order_by(SenderRow.first_seq)
        return self._session.scalars(query.limit(1)).one_or_none() or sender_key, ring

    def edges(self, tenant_id: str, sender_key: str) -> list[tuple[Tie, str, bool]]:
        """Every account that shares something with a sender: by what, and whether it counts; hubs do not.

        What a hub's accounts share is shown of as many as make it one. A sender without a name shares nothing.
        """
        if sender_key.endswith("/"):
            return []
        values = {(tie, value) for tie, value, _ in self._shown_by(tenant_id, [sender_key], LATEST)}
        accounts: dict[tuple[Tie, str], list[str]] = {}
        for tie, value, account in self._showing(tenant_id, values, LATEST):
            accounts.setdefault((tie, value), []).append(account)
        found = {}
        for (tie, _), sharing in sorted(accounts.items()):
            for account in sharing:
                if account != sender_key:
                    joins = len(sharing) <= TIES[tie].most_accounts
                    found[tie, account] = found.get((tie, account), False) or joins
        return [(tie, account, joins) for (tie, account), joins in found.items()]

    def may_join(self, tenant_id: str, tie: Tie, value: str) -> bool:
        """Whether few enough accounts show a value for it to tie them together."""
        if tie is Tie.COVER:
            value = Artworks(self._session).pictures([value])[value] or value
        return len(self._showing(tenant_id, [(tie, value)], LATEST)) <= TIES[tie].most_accounts

    def _shown_by(self, tenant_id: str, accounts: Sequence[str], until: int) -> list[tuple[Tie, str, str]]:
        found: list[tuple[Tie, str, str]] = []
        for start in range(0, len(accounts), _AT_ONCE):
            some = accounts[start : start + _AT_ONCE]
            query = select(SenderTie.kind, SenderTie.value, SenderTie.sender_key).where(
                unindexed(SenderTie.tenant_id) == tenant_id,
                SenderTie.sender_key.in_(some),
                SenderTie.first_seq <= until,
            )
            shown = [(kind, value, account) for kind, value, account in self._session.execute(query)]
            pictures = Artworks(self._session).pictures(value for kind, value, _ in shown if kind is Tie.COVER)
            for kind, value, account in shown:
                picture = pictures[value] if kind is Tie.COVER else value
                if picture is not None:
                    found.append((kind, picture, account))
            found += [(Tie.RECORDING, group, account) for group, account in self._session.execute(_copied(some, until))]
        return found

    def _showing(self, tenant_id: str, values: Iterable[tuple[Tie, str]], until: int) -> list[tuple[Tie, str, str]]:
        wanted = sorted(values)
        found: list[tuple[Tie, str, str]] = []
        for start in range(0, len(wanted), _AT_ONCE):
            queries = [
                _copying(tenant_id, value, until) if tie is Tie.RECORDING else _tied(tenant_id, tie, value, until)
                for tie, value in wanted[start : start + _AT_ONCE]
            ]
            rows = self._session.execute(union_all(*(select(query.subquery()) for query in queries)))
            found += [(Tie(tie), value, account) for tie, value, account in rows]
        return found

    def _parents(self, tenant_id: str, accounts: Iterable[str]) -> dict[str, str | None]:
        """The account above each; a parent is named as the tenant names it, accounts by tenant and name."""
        wanted = sorted(accounts)
        found: dict[str, str | None] = {}
        for start in range(0, len(wanted), 1_000):
            query = select(SenderRow.sender_key, SenderRow.parent)
            rows = self._session.execute(query.where(SenderRow.sender_key.in_(wanted[start : start + 1_000])))
            found.update((account, f"{tenant_id}/{parent}" if parent else None) for account, parent in rows)
        return found


def _tied(tenant_id: str, tie: Tie, value: str, until: int) -> Select[Any]:
    """Accounts that show a value; of a picture, in whatever file."""
    showing = SenderTie.value == value
    if tie is Tie.COVER:
        showing = or_(showing, SenderTie.value.in_(select(ArtworkRow.sha256).where(ArtworkRow.group_key == value)))
    query = select(literal(tie.value).label("tie"), literal(value).label("value"), SenderTie.sender_key)
    query = query.where(
        SenderTie.tenant_id == tenant_id, SenderTie.kind == tie, showing, SenderTie.first_seq <= until
    ).group_by(SenderTie.sender_key)
    return query.order_by(func.min(SenderTie.first_seq), SenderTie.sender_key).limit(TIES[tie].most_accounts + 1)


def _copied(accounts: Sequence[str], until: int) -> Select[Any]:
    """Recordings that accounts copied, by their group."""
    return (
        select(func.coalesce(Recording.group_key, SightingRow.audio_sha256), SightingRow.sender_key)
        .outerjoin(Recording, Recording.audio_sha256 == SightingRow.audio_sha256)
        .where(SightingRow.sender_key.in_(accounts), SightingRow.copied, SightingRow.seq <= until)
        .distinct()
    )


def _copying(tenant_id: str, group_key: str, until: int) -> Select[Any]:
    """Accounts that copied a recording."""
    sender, row = aliased(SenderRow), aliased(SightingRow)
    group = select(Recording.audio_sha256).where(Recording.group_key == group_key)
    query = (
        select(literal(Tie.RECORDING.value).label("tie"), literal(group_key).label("value"), row.sender_key)
        .join(sender, sender.sender_key == row.sender_key)
        .where(
            sender.tenant_id == tenant_id,
            row.copied,
            row.seq <= until,
            or_(row.audio_sha256 == group_key, row.audio_sha256.in_(group)),
        )
        .distinct()
    )
    return query.order_by(row.sender_key).limit(TIES[Tie.RECORDING].most_accounts + 1)
