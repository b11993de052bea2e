import pytest

from service.facts.rings import TIES, Rings, Tie


def rings(*shown, parents=None):
    graph = Rings()
    for account, tie, value in shown:
        graph.show(account, tie, value, parent=(parents or {}).get(account))
    return graph


def test_a_shared_payout_joins_and_so_does_a_shared_device():
    graph = rings(
        ("a", Tie.PAYOUT, "p"),
        ("b", Tie.PAYOUT, "p"),
        ("b", Tie.DEVICE, "d"),
        ("c", Tie.DEVICE, "d"),
        ("x", Tie.PAYOUT, "q"),
    )
    assert graph.ring_of("a") == {"a", "b", "c"}
    assert graph.ties_within(graph.ring_of("a")) == ["device", "payout"]
    assert graph.ring_of("x") == {"x"}


def test_a_network_or_a_cover_alone_joins_nobody():
    graph = rings(*((name, Tie.NETWORK, "198.18.77") for name in "abc"), *((name, Tie.COVER, "c1") for name in "abc"))
    assert graph.ring_of("a") == {"a"}


def test_weak_ties_of_different_kinds_add_up_but_two_of_a_kind_are_the_most_that_count():
    covers = [(name, Tie.COVER, f"c{number}") for name in "ab" for number in range(9)]
    assert rings(*covers).ring_of("a") == {"a"}
    network = [(name, Tie.NETWORK, "198.18.77") for name in "ab"]
    assert rings(*covers, *network).ring_of("a") == {"a", "b"}


@pytest.mark.parametrize("tie", [Tie.DEVICE, Tie.COVER, Tie.RECORDING])
def test_what_too_many_share_joins_nobody(tie):
    accounts = [f"a{number}" for number in range(TIES[tie].most_accounts + 1)]
    graph = rings(*((name, tie, "hub") for name in accounts), *((name, Tie.NETWORK, "n") for name in accounts[:2]))
    assert graph.ring_of("a0") == {"a0"}
    assert graph.ties_within(frozenset(accounts)) == (["network"] if tie is not Tie.NETWORK else [])


def test_what_a_distributor_provides_to_its_labels_does_not_join_them():
    parents = {"a": "dist", "b": "dist"}
    shown = [(name, Tie.DEVICE, "d") for name in "ab"]
    assert rings(*shown, parents=parents).ring_of("a") == {"a"}
    both = [*shown, *((name, Tie.PAYOUT, "p") for name in "ab")]
    assert rings(*both, parents=parents).ring_of("a") == {"a", "b"}


def test_a_ring_grows_when_new_evidence_comes_in():
    graph = rings(("a", Tie.PAYOUT, "p"), ("b", Tie.DEVICE, "d"))
    assert graph.ring_of("a") == {"a"}
    assert graph.show("b", Tie.PAYOUT, "p") is True
    assert graph.show("b", Tie.PAYOUT, "p") is False
    assert graph.ring_of("a") == graph.ring_of("b") == {"a", "b"}


def test_a_distributor_does_not_join_its_labels_by_being_paid_for_them():
    parents = {"a": "dist", "b": "dist"}
    house = [(name, Tie.PAYOUT, "house") for name in ("dist", "a", "b")]
    assert rings(*house, parents=parents).ring_of("a") == {"a"}
    assert rings(*house, ("x", Tie.PAYOUT, "house"), parents=parents).ring_of("a") == {"a", "b", "dist", "x"}
