"""Who belongs together, and by what: small graphs with a fixed layout, drawn on the server.

Nodes carry numbers and letters, which the tables beside a graph explain. The same data give the same picture, so that
two people speak of the same place in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, sin

from service.facts.rings import JOIN, TIES, Rings, Tie
from service.store.cluster import Cluster

SIDE = 420
"""Width and height of a graph, in the units of its drawing."""

MOST_NODES = 60
SHOWN_ROWS = 100
_OUTER, _INNER = SIDE / 2 - 24, SIDE / 5
_NAMED = 8


@dataclass(frozen=True, slots=True)
class Node:
    """An account or a file, or a ``hub``: something that several accounts share. ``here``: what the page is about."""

    x: float
    y: float
    mark: str
    hub: bool = False
    here: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    x1: float
    y1: float
    x2: float
    y2: float
    kind: str
    counts: bool


@dataclass(frozen=True, slots=True)
class Account:
    """An account of a ring with its number; ``name`` as the tenant calls it."""

    number: int
    name: str


@dataclass(frozen=True, slots=True)
class Shared:
    """Something that several accounts of a ring show, under its letter."""

    mark: str
    kind: str
    value: str
    accounts: list[int]
    more: int
    weighs: str


@dataclass(frozen=True, slots=True)
class RingGraph:
    nodes: list[Node]
    lines: list[Line]
    accounts: list[Account]
    shared: list[Shared]
    more: int
    side: int = SIDE

    @property
    def text(self) -> str:
        kinds = sorted({one.kind for one in self.shared})
        return f"Graph of {len(self.accounts)} accounts that share {len(self.shared)} things: {', '.join(kinds)}."


def ring_graph(rings: Rings, account: str) -> RingGraph | None:
    """The ring of an account, itself first; ``None`` where it is alone."""
    members, more = _members(rings, account)
    if len(members) < 2:
        return None
    shown = set(members)
    on = {value: accounts & shown for value, accounts in rings.accounts_on.items() if len(accounts & shown) > 1}
    values = sorted(on, key=lambda value: (-TIES[value[0]].weight, -len(on[value]), value))[:MOST_NODES]
    first_value = {one: min((n for n, value in enumerate(values) if one in on[value]), default=99) for one in members}
    members = [account, *sorted(members[1:], key=lambda one: (first_value[one], one))]
    places = dict(zip(members, _circle(len(members), _OUTER), strict=True))
    hubs = _circle(len(values), _INNER) if len(values) > 1 else [(SIDE / 2, SIDE / 2)]
    numbers = {one: number for number, one in enumerate(members, start=1)}
    nodes = [Node(*places[one], str(numbers[one]), here=one == account) for one in members]
    lines, shared = [], []
    for n, (value, hub) in enumerate(zip(values, hubs, strict=False)):
        tie, token = value
        counts = len(rings.accounts_on[value]) <= TIES[tie].most_accounts
        nodes.append(Node(*hub, _letter(n), hub=True))
        lines += [Line(*places[one], *hub, tie.value, counts) for one in sorted(on[value])]
        all_on = sorted(numbers[one] for one in on[value])
        others = len(rings.accounts_on[value]) - min(len(all_on), _NAMED)
        shared.append(Shared(_letter(n), tie.value, token, all_on[:_NAMED], others, _weighs(tie, counts)))
    named = [Account(numbers[one], one.partition("/")[2]) for one in members]
    return RingGraph(nodes, lines, named, shared, more)


def _members(rings: Rings, account: str) -> tuple[list[str], int]:
    """The account and those joined with it, nearest first, and how many more there are at least."""
    members, seen = [account], {account}
    for one in members:
        for other in sorted(rings.neighbours(one) - seen):
            seen.add(other)
            if len(members) < MOST_NODES:
                members.append(other)
        if len(seen) > len(members):
            break
    return members, len(seen) - len(members)


def _weighs(tie: Tie, counts: bool) -> str:
    if not counts:
        return f"no weight: more than {TIES[tie].most_accounts:,} accounts share it"
    weight = TIES[tie].weight
    return "joins by itself" if weight >= JOIN else f"{weight:g} of the {JOIN:g} that join"


@dataclass(frozen=True, slots=True)
class ClusterGraph:
    """Audio of one recording; every node is one file with its first delivery."""

    nodes: list[Node]
    lines: list[Line]
    cluster: Cluster
    numbers: dict[str, int]
    side: int = SIDE

    @property
    def text(self) -> str:
        return f"Graph of {len(self.nodes)} files with the same sound and {len(self.lines)} matches between them."


def cluster_graph(cluster: Cluster, audio_sha256: str | None = None) -> ClusterGraph | None:
    """A recording's files around a circle, in order of acceptance; ``None`` where there is only one."""
    hashes = [one.track.audio_sha256 for one in cluster.files]
    if len(hashes) < 2:
        return None
    places = dict(zip(hashes, _circle(len(hashes), _OUTER), strict=True))
    numbers = {sha256: number for number, sha256 in enumerate(hashes, start=1)}
    nodes = [Node(*places[one], str(numbers[one]), here=one == audio_sha256) for one in hashes]
    lines = [
        Line(*places[edge.low], *places[edge.high], edge.match.relation.value, edge.joins) for edge in cluster.edges
    ]
    return ClusterGraph(nodes, lines, cluster, numbers)


def _circle(count: int, radius: float) -> Sequence[tuple[float, float]]:
    """So many places on a circle, clockwise from the top."""
    turns = [2 * pi * n / max(1, count) - pi / 2 for n in range(count)]
    return [(round(SIDE / 2 + radius * cos(turn), 1), round(SIDE / 2 + radius * sin(turn), 1)) for turn in turns]


def _letter(number: int) -> str:
    return chr(65 + number) if number < 26 else _letter(number // 26 - 1) + _letter(number % 26)
