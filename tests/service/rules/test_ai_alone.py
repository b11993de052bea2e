"""Likelihood of AI alone never goes beyond ``queue``, over all packs in force together."""

from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.evidence import AiVerdict
from schemas.facts import Facts
from schemas.verdict import Action
from service.rules import default_rule_set

ORDINARY = {
    "track": {"revision": 1},
    "audio": {"duration_s": 190.0, "silence_ratio": 0.0, "noise": 0.1, "loop": 0.3, "speech": 0.0},
    "recording": {"group_artists": 1, "group_isrcs": 1, "other_artist_and_isrc": False, "same_owner": False},
    "sender": {
        "tier": "verified",
        "age_days": 400.0,
        "new_account": False,
        "tracks_24h": 3,
        "tracks_7d": 9,
        "surge_z": 0.4,
        "tier_ratio": 0.1,
        "hour_entropy": 0.5,
        "cusum": 0.0,
        "contracts": [],
    },
    "credits": {
        "artist_key": "none",
        "vouched": True,
        "claims_unlinked": False,
        "protected_main": False,
        "protected_guest": False,
        "lookalike": "",
        "star_title": False,
        "voice_match": False,
        "artist_distance": 0.2,
    },
    "rights": {"reference": "none", "licensed": False, "banned_payout": False},
    "ring": {"accounts": 1, "young_share": 0.0, "shared": [], "tracks_24h": 3, "tracks_7d": 9, "banned_payout": False},
    "reputation": {"established": False, "taken_over": False},
}
ORDINARY_BULK = {
    "artists": 2,
    "releases": 4,
    "payable_share": 1.0,
    "short_share": 0.0,
    "long_share": 0.1,
    "slices": 0,
    "contiguous": 0,
    "short_surprise": 0.0,
    "two_minute_share": 0.0,
    "two_minute_surprise": 0.0,
    "length_spread": 0.4,
    "functional_share": 0.0,
    "loop_share": 0.0,
    "speech_share": 0.0,
    "numbered_share": 0.0,
    "numbered_artists": 0.0,
    "title_overlap": 0.1,
    "search_share": 0.0,
    "generic_share": 0.0,
    "medical": 0,
    "borrowed_titles": 0,
    "borrowed_share": 0.0,
    "chart_titles": 0,
    "unlinked_share": 0.0,
    "linked_share": 1.0,
    "profile_claims": 0,
    "far_claims": 0,
    "protected_names": 0,
    "lookalikes": 0,
    "copies": 0,
    "copied_senders": 0,
    "protected_matches": 0,
    "shared_cover_artists": 1,
    "isrc_reused": 0,
    "foreign_isrcs": 0,
    "language_mismatch": 0,
    "identity_changes": 0,
    "resubmitted": 0,
}
SHARES = st.floats(0, 1)
LIKELIHOODS = st.fixed_dictionaries(
    {
        "ai": st.fixed_dictionaries(
            {
                "verdict": st.sampled_from([verdict.value for verdict in AiVerdict]),
                "probability": SHARES,
                "vocal_probability": st.none() | SHARES,
            }
        ),
        "declared": st.fixed_dictionaries({"audible_admitted": st.booleans()}),
        "bulk": st.fixed_dictionaries(
            {
                "tracks": st.integers(1, 1000),
                "ai_hidden": st.integers(0, 1000),
                "ai_hidden_share": SHARES,
                "ai_admitted_share": SHARES,
            }
        ),
    }
)


@cache
def rules():
    return default_rule_set()


def judged(likelihoods, **changed):
    given_facts = ORDINARY | likelihoods | {"bulk": ORDINARY_BULK | likelihoods["bulk"]}
    for group, values in changed.items():
        given_facts[group] = given_facts[group] | values
    return rules().judge(Facts.model_validate(given_facts))


@settings(max_examples=400, deadline=None)
@given(LIKELIHOODS)
def test_whatever_the_likelihood_an_ordinary_sender_is_never_held_for_it(likelihoods):
    judgement = judged(likelihoods)
    assert judgement.action.rank <= Action.QUEUE.rank, [fired.rule for fired in judgement.fired]


SURE = {
    "ai": {"verdict": "likely_ai", "probability": 0.99, "vocal_probability": 0.99},
    "declared": {"audible_admitted": False},
    "bulk": {"tracks": 60, "ai_hidden": 60, "ai_hidden_share": 1.0, "ai_admitted_share": 0.0},
}


def test_a_second_signal_makes_it_a_hold():
    """That the invariant can be broken at all: imposture, or a flood from a new account, beside the same likelihood."""
    assert judged(SURE).action is Action.QUEUE
    assert judged(SURE, credits={"lookalike": "homoglyph", "vouched": False}).action is Action.HOLD
    assert judged(SURE, sender={"new_account": True, "age_days": 3.0}).action is Action.HOLD


def test_without_the_likelihood_the_second_signal_alone_of_a_new_account_is_no_hold():
    none = SURE | {
        "ai": {"verdict": "no_evidence", "probability": 0.02, "vocal_probability": 0.01},
        "bulk": {"tracks": 60, "ai_hidden": 0, "ai_hidden_share": 0.0, "ai_admitted_share": 0.0},
    }
    assert judged(none, sender={"new_account": True, "age_days": 3.0}).action.rank < Action.HOLD.rank
