"""House rules of the behaviour pack, held over random facts."""

from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.verdict import Action, RuleStatus
from service.rules import PACKS, RuleSet, load_pack


@cache
def behaviour():
    return load_pack(PACKS / "behaviour.yaml")


@cache
def rules():
    return RuleSet([load_pack(PACKS / "default.yaml"), behaviour()])


LONE = {
    "rights.reference": "none",
    "rights.banned_payout": False,
    "ring.accounts": 1,
    "ring.banned_payout": False,
    "ring.shared": [],
    "credits.lookalike": "",
    "credits.claims_unlinked": False,
    "credits.protected_main": False,
    "credits.protected_guest": False,
    "recording.other_artist_and_isrc": False,
    "reputation.established": False,
    "reputation.taken_over": False,
    "bulk.tracks": 3,
    "bulk.ai_hidden": 3,
    "bulk.ai_hidden_share": 1.0,
    "sender.contracts": [],
}


@settings(max_examples=200, deadline=None)
@given(
    verdict=st.sampled_from(["likely_ai", "inconclusive", "no_evidence"]),
    probability=st.floats(0, 1),
    vocals=st.floats(0, 1),
    denied=st.booleans(),
    admitted=st.booleans(),
    marked=st.booleans(),
    new=st.booleans(),
)
def test_likelihood_of_ai_alone_never_goes_beyond_the_queue(
    verdict, probability, vocals, denied, admitted, marked, new
):
    judged = rules().judge_flat(
        LONE
        | {
            "ai.verdict": verdict,
            "ai.probability": probability,
            "ai.vocal_probability": vocals,
            "declared.audible_denied": denied and not admitted,
            "declared.audible_admitted": admitted,
            "provenance.says_ai": marked,
            "sender.new_account": new,
        }
    )
    assert judged.action.rank <= Action.QUEUE.rank


@settings(max_examples=200, deadline=None)
@given(
    score=st.floats(0, 1),
    flags=st.fixed_dictionaries(
        {
            f"text.{name}": st.booleans()
            for name in ("generic_artist", "medical_claim", "chart_title", "playlist_title", "brand_term")
        }
    ),
    shares=st.fixed_dictionaries(
        {
            f"bulk.{name}": st.floats(0, 1)
            for name in ("search_share", "generic_share", "borrowed_share", "title_overlap")
        }
    ),
    counts=st.fixed_dictionaries(
        {f"bulk.{name}": st.integers(0, 500) for name in ("tracks", "medical", "borrowed_titles", "chart_titles")}
    ),
)
def test_text_alone_never_goes_beyond_the_queue(score, flags, shares, counts):
    judged = rules().judge_flat(
        LONE | {"bulk.ai_hidden": 0, "bulk.ai_hidden_share": 0.0, "text.score": score} | flags | shares | counts
    )
    assert judged.action.rank <= Action.QUEUE.rank


@settings(max_examples=100, deadline=None)
@given(tracks=st.integers(0, 100_000), z=st.floats(-3, 40), ratio=st.floats(0, 500), cusum=st.floats(0, 100))
def test_volume_alone_never_goes_beyond_a_look(tracks, z, ratio, cusum):
    quiet = {
        "bulk.ai_hidden": 0,
        "bulk.ai_hidden_share": 0.0,
        "bulk.ai_admitted_share": 0.0,
        "bulk.tracks": min(tracks, 1000),
    }
    volume = {
        "sender.tracks_24h": tracks,
        "sender.tracks_7d": tracks,
        "sender.surge_z": z,
        "sender.tier_ratio": ratio,
        "sender.cusum": cusum,
        "sender.tier": "verified",
        "sender.new_account": False,
        "sender.hour_entropy": 0.8,
    }
    judged = rules().judge_flat(LONE | quiet | volume)
    assert judged.action.rank <= Action.QUEUE.rank
    assert judged.priority in (None, "P3")


def test_no_rule_knows_an_id_a_name_or_a_hash():
    own = ("track.title", "track.artist", "track.isrc")
    for rule in behaviour().pack.rules:
        for line in rule.when:
            assert not any(fact in line for fact in own), rule.id


def test_every_live_rule_shows_where_it_stops():
    for rule in behaviour().pack.rules:
        if rule.status is RuleStatus.LIVE:
            expected = {test.expect.value for test in rule.tests}
            assert {"match", "no"} <= expected, rule.id
