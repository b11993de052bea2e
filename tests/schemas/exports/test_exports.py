"""Each translation says what was declared and no more; silence is never written as "no AI"."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.disclosure import Facet, Level, admits_ai
from schemas.ern.disclosure import MUSIC_FACETS
from schemas.exports.apple import AppleTag, apple_tags
from schemas.exports.china_aigc import AigcLabel, aigc_label, aigc_metadata
from schemas.exports.dsa import DecisionForStatement, StatementOfReasons, statement_of_reasons
from schemas.exports.eu_icon import IconClass, first_exposure_text, icon_class
from schemas.exports.iptc import DigitalSourceType, digital_source_type
from schemas.exports.spotify import ai_credits
from schemas.review import ReasonCode
from schemas.verdict import Action

DECLARATIONS = st.dictionaries(st.sampled_from(Facet), st.sampled_from(Level))
ALL = dict.fromkeys(MUSIC_FACETS, Level.ALL)
NONE = dict.fromkeys(MUSIC_FACETS, Level.NONE)


@given(DECLARATIONS)
def test_nothing_is_claimed_where_no_ai_is_declared(declaration):
    admitted = any(admits_ai(level) for level in declaration.values())
    says_ai = (
        bool(apple_tags(declaration))
        or bool(ai_credits(declaration))
        or icon_class(declaration) is not IconClass.NONE
        or aigc_label(declaration, confirmed=False) is not None
        or digital_source_type(declaration) in (DigitalSourceType.TRAINED, DigitalSourceType.COMPOSITE)
    )
    assert not says_ai or admitted


def test_silence_has_no_digital_source_type_while_none_has_one():
    assert digital_source_type({}) is None
    assert digital_source_type(NONE) is DigitalSourceType.CREATION


def test_only_fully_generated_roles_are_credited():
    declared = {Facet.VOCALS: Level.ALL, Facet.LYRICS: Level.PARTLY, Facet.POST_PRODUCTION: Level.NONE}
    assert [credit.role for credit in ai_credits(declared)] == ["Vocalist"]


def test_apple_has_one_tag_for_composition_and_lyrics():
    assert apple_tags({Facet.LYRICS: Level.PARTLY, Facet.ARTWORK: Level.ALL}) == [
        AppleTag.ARTWORK,
        AppleTag.COMPOSITION,
    ]


@pytest.mark.parametrize(
    ("declared", "icon"),
    [
        (ALL, IconClass.FULLY_AI_GENERATED),
        (ALL | {Facet.LYRICS: Level.NONE}, IconClass.PARTIALLY_AI_MODIFIED),
        (NONE, IconClass.NONE),
        ({}, IconClass.NONE),
    ],
)
def test_the_icon_tells_fully_from_partly(declared, icon):
    assert icon_class(declared) is icon
    assert (first_exposure_text(declared, "de-AT") is None) == (icon is IconClass.NONE)


def test_aigc_metadata_has_the_seven_values_and_refuses_what_annex_e_does_not_allow():
    written = json.loads(aigc_metadata(AigcLabel.POSSIBLY, "earmark", "trk_1"))["AIGC"]
    assert list(written) == [
        *("Label", "ContentProducer", "ProduceID", "ReservedCode1"),
        *("ContentPropagator", "PropagateID", "ReservedCode2"),
    ]
    assert written["ContentPropagator"] == "earmark"
    with pytest.raises(ValueError, match="ProduceID"):
        aigc_metadata(AigcLabel.IS, "earmark", 'a "b"')


def decision(action=Action.HOLD, reason=ReasonCode.SPAM_CONFIRMED, **changes):
    return DecisionForStatement(
        decision_id="dec_1",
        action=action,
        policy_clause="BULK-1",
        policy_title="No bulk of noise",
        reason=reason,
        facts="Forty tracks of noise of 31 seconds were delivered within a day.",
        delivered_on=date(2026, 11, 1),
        decided_on=date(2026, 11, 2),
        machine_detected=True,
        machine_decided=False,
        upc="885016204075",
        **changes,
    )


@pytest.mark.parametrize("reason", ReasonCode)
@pytest.mark.parametrize("action", Action)
def test_every_decision_that_restricts_something_has_a_valid_statement(action, reason):
    statement = statement_of_reasons(decision(action, reason))
    if action in (Action.NONE, Action.QUEUE):
        assert statement is None
    else:
        payload = statement.payload()
        assert StatementOfReasons.model_validate(payload) == statement
        assert payload["content_id"] == {"EAN-13": "0885016204075"}
        assert payload["automated_decision"] == "AUTOMATED_DECISION_PARTIALLY"


@pytest.mark.parametrize(
    "change",
    [
        {"puid": "a b"},
        {"decision_visibility": []},
        {"decision_facts": "x" * 5001},
        {"decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT"},
        {"incompatible_content_ground": None},
        {"source_identity": "somebody"},
        {"content_date": "1999-12-31"},
        {"content_id": {"EAN-13": "12"}},
        {"category": "STATEMENT_CATEGORY_MUSIC"},
    ],
)
def test_a_statement_that_the_database_would_refuse_cannot_be_made(change):
    good = statement_of_reasons(decision()).payload()
    with pytest.raises(ValidationError):
        StatementOfReasons.model_validate(good | change)
