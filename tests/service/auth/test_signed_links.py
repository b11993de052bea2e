"""A link opens what it was made for, until it ends, and nothing else."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.auth.signed_links import LinkPurpose, LinkRefused, SignedLinks

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
LINKS = SignedLinks(b"k" * 32)
TOKEN = LINKS.token(LinkPurpose.APPEAL, "ten_1/trk_1", NOON + timedelta(days=1))


def test_a_link_opens_its_subject_until_it_ends():
    assert LINKS.read(LinkPurpose.APPEAL, TOKEN, NOON) == ("ten_1/trk_1", NOON + timedelta(days=1))
    with pytest.raises(LinkRefused) as refused:
        LINKS.read(LinkPurpose.APPEAL, TOKEN, NOON + timedelta(days=1))
    assert refused.value.expired


def test_a_link_opens_nothing_of_another_purpose_or_under_another_key():
    for links, purpose in ((LINKS, LinkPurpose.SIGN_IN), (SignedLinks(b"x" * 32), LinkPurpose.APPEAL)):
        with pytest.raises(LinkRefused) as refused:
            links.read(purpose, TOKEN, NOON)
        assert not refused.value.expired


@given(st.integers(0, len(TOKEN) - 1), st.characters(codec="utf-8"))
def test_no_changed_character_is_taken(place, character):
    changed = TOKEN[:place] + character + TOKEN[place + 1 :]
    if changed != TOKEN:
        with pytest.raises(LinkRefused):
            LINKS.read(LinkPurpose.APPEAL, changed, NOON)


@given(st.text(max_size=700))
def test_whatever_is_sent_ends_in_a_refusal(text):
    with pytest.raises(LinkRefused):
        LINKS.read(LinkPurpose.APPEAL, text, NOON)


def test_a_subject_may_hold_anything():
    token = LINKS.token(LinkPurpose.SIGN_IN, "a\nb\n7", NOON)
    assert LINKS.read(LinkPurpose.SIGN_IN, token, NOON - timedelta(seconds=1)).subject == "a\nb\n7"


def test_a_short_key_is_refused():
    with pytest.raises(ValueError, match="32 bytes"):
        SignedLinks(b"short")
