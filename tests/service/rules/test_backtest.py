"""What rules would have done, and whether that lets them go live or puts the brake on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.catalogue import SenderTier
from schemas.verdict import Action, RuleStatus
from service.rules.backtest import GOOD_SHOWN, Confirmed, Moment, RuleReport, backtest
from service.rules.brake import LEAST_SENDERS, Hit, brake
from service.rules.moments import MomentRefused, read_moments
from service.rules.promotion import may_go_live
from service.rules.wilson import wilson_interval
from tests.service.rules.packs import pack, rule

QUEUE = "{action: queue, priority: P2, queue: somewhere, case: sender}"
HIT = {"declared.music_all": True}
MISS = {"declared.music_all": False}


def report_of(moments: list[Moment], *rules: str) -> RuleReport:
    return backtest([pack(*rules)], moments).rules[0]


def moment(track: str, facts: dict[str, bool], day: str = "2026-11-01", **more: object) -> Moment:
    return Moment(track, day, facts, **more)  # type: ignore[arg-type]


def test_volume_is_counted_by_day_and_cases_by_what_they_group() -> None:
    moments = [
        moment("a", HIT, sender="s1"),
        moment("b", HIT, sender="s1"),
        moment("c", HIT, sender="s2"),
        moment("d", HIT, day="2026-11-02", sender="s1"),
        moment("e", MISS, day="2026-11-03"),
        moment("f", {}, day="2026-11-03"),
    ]
    report = report_of(moments, rule("seen", then=QUEUE))
    assert (report.tracks, report.not_evaluable, report.busiest_day) == (4, 1, 3)
    assert report.per_day == pytest.approx(4 / 3)
    assert report.cases_per_day == 1.0  # two senders on the first day, one of them again on the second; three days


def test_precision_counts_what_people_decided_and_comes_with_its_interval() -> None:
    moments = [moment(f"bad{n}", HIT, confirmed=Confirmed.BAD) for n in range(9)]
    moments += [moment("fine", HIT, confirmed=Confirmed.GOOD), moment("unseen", HIT)]
    report = report_of(moments, rule("seen", then=QUEUE))
    assert report.precision is not None
    assert report.precision == pytest.approx((0.9, 0.596, 0.982), abs=0.001)
    assert report.good_tracks == ("fine",)


def test_good_tracks_are_all_counted_and_some_are_named() -> None:
    moments = [moment(f"good{n}", HIT, confirmed=Confirmed.GOOD) for n in range(GOOD_SHOWN + 5)]
    report = report_of(moments, rule("seen", then=QUEUE))
    assert (report.good, len(report.good_tracks)) == (GOOD_SHOWN + 5, GOOD_SHOWN)


def test_drafts_are_tried_too_and_what_live_rules_reach_is_told_apart() -> None:
    live = rule("live", then=QUEUE)
    draft = rule("draft", then=QUEUE, status=RuleStatus.DRAFT)
    retired = rule("retired", status=RuleStatus.RETIRED)
    reports = {report.rule: report for report in backtest([pack(live, draft, retired)], [moment("a", HIT)]).rules}
    assert set(reports) == {"live", "draft"}
    assert (reports["live"].only_by_this, reports["draft"].only_by_this) == (1, 0)


def test_stored_facts_are_read_by_group_or_flat_and_bad_lines_are_named() -> None:
    by_group = (
        b'{"track": "a", "day": "2026-11-01T10:00:00Z", "facts": {"declared": {"music_all": true, "lyrics": null}}}'
    )
    flat = b'{"track": "b", "day": "2026-11-01", "facts": {"declared.music_all": true, "gone.fact": 1},'
    flat += b' "confirmed": "bad"}'
    first, second = read_moments([by_group, b"\n", flat])
    assert (first.facts, first.day) == ({"declared.music_all": True}, "2026-11-01")
    assert (second.facts, second.confirmed) == ({"declared.music_all": True}, Confirmed.BAD)
    with pytest.raises(MomentRefused, match="line 1: day"):
        list(read_moments([b'{"track": "a", "facts": {}}']))
    with pytest.raises(MomentRefused, match="line 2"):
        list(read_moments([b"", b"{"]))


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(9, 9, 0.7009, 1.0), (0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (0, 0, 0.0, 1.0)],
)
def test_intervals_are_those_of_wilson(hits: int, of: int, low: float, high: float) -> None:
    assert wilson_interval(hits, of) == pytest.approx((low, high), abs=0.0001)


@given(st.integers(0, 500), st.integers(1, 500))
def test_an_interval_holds_the_share_and_stays_within_its_bounds(hits: int, of: int) -> None:
    low, high = wilson_interval(min(hits, of), of)
    assert 0 <= low <= min(hits, of) / of <= high <= 1


def test_a_rule_goes_live_when_it_is_surely_right_often_enough() -> None:
    moments = [moment(f"t{n}", HIT, day=f"2026-11-{n % 28 + 1:02d}", confirmed=Confirmed.BAD) for n in range(40)]
    assert may_go_live(report_of(moments, rule("seen", then=QUEUE))) == []
    few = may_go_live(report_of(moments[:3], rule("seen", then=QUEUE)))
    assert few == ["3 of its hits were reviewed; it needs 20"]
    unsure = [*moments, *(moment(f"g{n}", HIT, confirmed=Confirmed.GOOD) for n in range(400))]
    reasons = may_go_live(report_of(unsure, rule("seen", then=QUEUE)))
    assert any("precision" in reason for reason in reasons)


def test_a_rule_that_holds_may_hit_hardly_any_good_track() -> None:
    hold = rule(
        "hold",
        when="sender.tracks_24h > 5",
        then=QUEUE.replace("queue, p", "hold, p"),
        given="{sender.tracks_24h: 6}",
        other="{sender.tracks_24h: 5}",
    )
    busy = {"sender.tracks_24h": 100}
    moments = [Moment(f"t{n}", "2026-11-01", busy, "s", confirmed=Confirmed.BAD) for n in range(200)]
    good = [Moment(f"g{n}", "2026-11-01", busy, "s", confirmed=Confirmed.GOOD) for n in range(3)]
    assert may_go_live(report_of(moments, hold)) == []
    assert may_go_live(report_of(moments + good, hold)) == ["it hits 3 good tracks; it may hit 2"]


def hits(count: int, tier: SenderTier | None, *, senders: int | None = None) -> list[Hit]:
    return [Hit(f"t{n}", f"{tier}-{n % (senders or count)}", tier) for n in range(count)]


def test_the_brake_lowers_a_rule_that_hits_many_good_senders_by_one_rung() -> None:
    braking = brake(
        "farm",
        Action.BLOCK,
        ["bulk.tracks"],
        hits(12, SenderTier.VERIFIED),
        good_senders_active=500,
        ordinary_share=0.001,
    )
    assert braking is not None
    assert braking.lowered_to is Action.HOLD
    assert len(braking.good_senders) == 12
    assert len(braking.tracks_to_judge_again) == 12
    assert "instead of block" in braking.message


def test_flooding_by_unknown_senders_does_not_put_the_brake_on() -> None:
    flood = hits(5_000, SenderTier.UNVERIFIED) + hits(200, None)
    assert brake("farm", Action.HOLD, [], flood, good_senders_active=500, ordinary_share=0.0) is None


def test_one_good_sender_with_many_tracks_is_one() -> None:
    one = hits(3_000, SenderTier.TRUSTED, senders=1)
    assert brake("farm", Action.HOLD, [], one, good_senders_active=500, ordinary_share=0.0) is None
    few = hits(LEAST_SENDERS - 1, SenderTier.TRUSTED)
    assert brake("farm", Action.HOLD, [], few, good_senders_active=500, ordinary_share=0.0) is None


def test_what_is_ordinary_for_a_rule_is_no_alarm() -> None:
    usual = hits(55, SenderTier.VERIFIED)
    assert brake("farm", Action.HOLD, [], usual, good_senders_active=500, ordinary_share=0.1) is None


@pytest.mark.parametrize("action", [Action.NONE, Action.LABEL, Action.QUEUE])
def test_a_rule_that_only_queues_has_no_rung_below(action: Action) -> None:
    many = hits(50, SenderTier.TRUSTED)
    assert brake("farm", action, [], many, good_senders_active=500, ordinary_share=0.0) is None


def test_rules_on_protected_recordings_have_no_brake() -> None:
    many = hits(50, SenderTier.TRUSTED)
    assert (
        brake("rights", Action.BLOCK, ["rights.reference"], many, good_senders_active=500, ordinary_share=0.0) is None
    )
