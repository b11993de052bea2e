"""Graphs of rings and clusters: the same picture each time, never too large, with every edge's evidence in a table."""

import pytest

from schemas.evidence import Relation
from service.console.graph import MOST_NODES, SIDE, cluster_graph, ring_graph
from service.console.surroundings import ring_of
from service.facts.rings import TIES, Rings, Tie
from service.store import cluster
from service.store.cluster import cluster_of
from service.store.matches import Matches
from service.store.ties import Ties
from tests.deliveries import NOON, deliver, match, sha


def ring(accounts, tie=Tie.PAYOUT, value="iban"):
    rings = Rings()
    for account in accounts:
        rings.show(account, tie, value)
    return rings


def names(count):
    return [f"harbour/farm {n:03}" for n in range(count)]


def test_an_account_that_shares_nothing_has_no_graph():
    assert ring_graph(ring(names(1)), "harbour/farm 000") is None
    assert ring_graph(ring(names(2), Tie.NETWORK), "harbour/farm 000") is None, "a network alone joins nobody"


def test_a_ring_is_drawn_with_what_it_shares_and_the_account_in_question_first():
    rings = ring(names(3))
    rings.show("harbour/farm 001", Tie.DEVICE, "phone")
    rings.show("harbour/farm 002", Tie.DEVICE, "phone")
    graph = ring_graph(rings, "harbour/farm 002")
    assert [(one.number, one.name) for one in graph.accounts] == [(1, "farm 002"), (2, "farm 000"), (3, "farm 001")]
    assert [(one.mark, one.kind, one.value, one.accounts, one.weighs) for one in graph.shared] == [
        ("A", "payout", "iban", [1, 2, 3], "joins by itself"),
        ("B", "device", "phone", [1, 3], "joins by itself"),
    ]
    assert [node.here for node in graph.nodes] == [True, False, False, False, False]
    assert len(graph.lines) == 5
    assert graph.text == "Graph of 3 accounts that share 2 things: device, payout."
    assert all(0 < node.x < SIDE and 0 < node.y < SIDE for node in graph.nodes)
    assert graph == ring_graph(rings, "harbour/farm 002")


def test_what_too_many_share_is_drawn_as_no_weight():
    rings = ring(names(2))
    for account in names(TIES[Tie.COVER].most_accounts + 1):
        rings.show(account, Tie.COVER, "stock photo")
    graph = ring_graph(rings, "harbour/farm 000")
    assert [one.weighs for one in graph.shared] == ["joins by itself", "no weight: more than 12 accounts share it"]
    assert [line.counts for line in graph.lines] == [True, True, False, False]
    assert graph.shared[1].more == 11


@pytest.mark.parametrize("count", [59, 60, 61, 500])
def test_a_large_ring_shows_sixty_and_says_how_many_more(count):
    graph = ring_graph(ring(names(count)), "harbour/farm 000")
    assert len(graph.accounts) == min(count, MOST_NODES)
    assert graph.more == max(0, count - MOST_NODES)
    places = {(node.x, node.y) for node in graph.nodes}
    assert len(places) == len(graph.nodes), "no two nodes at one place"


def test_the_store_looks_into_no_more_accounts_than_are_shown(database):
    with database.write() as session:
        for number in range(70):
            sender = {"id": f"farm {number:02}", "payout_hash": "iban", "device_hash": f"phone {number // 2}"}
            track = deliver(session, f"a{number}", title="Rain", sender=sender)
        graph = ring_of(session, track.tenant_id, track.sender_key)
        assert (len(graph.accounts), graph.more) == (60, 10)
        assert graph.shared[0].kind == "payout"
        whole = Ties(session).rings(track.tenant_id, track.sender_key)
        assert len(whole.ring_of(track.sender_key)) == 70


def test_a_cluster_shows_the_tenants_own_files_and_the_matches_between_them(database, monkeypatch):
    with database.write() as session:
        tracks = [deliver(session, name, title=name) for name in "abc"]
        deliver(session, "a", title="a again")
        deliver(session, "x", by="elsewhere")
        matches = Matches(session)
        for one, other in ("ab", "bc", "ax"):
            matches.record(sha(one), sha(other), match(Relation.TRANSFORMED, speed_ratio=1.1), NOON)
        found = cluster_of(session, tracks[0].tenant_id, sha("a"))
        assert [(one.track.title, one.deliveries) for one in found.files] == [("a", 2), ("b", 1), ("c", 1)]
        assert {frozenset((edge.low, edge.high)) for edge in found.edges} == {
            frozenset((sha("a"), sha("b"))),
            frozenset((sha("b"), sha("c"))),
        }
        graph = cluster_graph(found, sha("b"))
        assert [node.mark for node in graph.nodes if node.here] == ["2"]
        assert {line.kind for line in graph.lines} == {"transformed"}
        assert graph.text == "Graph of 3 files with the same sound and 2 matches between them."
        monkeypatch.setattr(cluster, "MOST_FILES", 2)
        few = cluster_of(session, tracks[0].tenant_id, sha("a"))
        assert (len(few.files), few.more, few.whole) == (2, 1, True)
        assert cluster_graph(cluster_of(session, "another", sha("a"))) is None
