"""Messages of every version are read; the disclosure is taken as said, and oddities are warned of."""

import pytest

from schemas.disclosure import Facet, Level
from schemas.ern.message import WarningCode
from tests.schemas.ern.messages import contributor, read


def declared(message):
    return {facet: level for facet, level in message.tracks[0].declared_ai.items() if level is not Level.UNDECLARED}


def codes(message):
    return [warning.code for warning in message.warnings]


@pytest.mark.parametrize("version", ["382", "383", "41", "411", "42", "43", "431", "432"])
def test_every_supported_version_is_read_by_the_same_reader(version):
    message = read(version=version)
    assert message.version == ".".join(version)
    assert message.tracks[0].isrc == "QZEM62600001"
    assert message.sender == "PADPIDA2013042401U"


def test_absent_is_undeclared_and_never_none():
    assert declared(read()) == {}


def test_roles_are_facets_and_generative_ai_without_a_value_means_all():
    message = read(
        contributor("LeadVocalist", special="GenerativeAI")
        + contributor("Lyricist", ai="Partly")
        + contributor("Composer", ai="None")
    )
    assert declared(message) == {Facet.VOCALS: Level.ALL, Facet.LYRICS: Level.PARTLY, Facet.COMPOSITION: Level.NONE}
    assert codes(message) == []


def test_people_beside_generative_ai_on_one_facet_make_it_partly():
    message = read(contributor("Vocalist", special="GenerativeAI", ai="All") + contributor("LeadVocalist"))
    assert declared(message) == {Facet.VOCALS: Level.PARTLY}


def test_contains_ai_all_speaks_for_every_facet_of_the_music():
    music = {Facet.VOCALS, Facet.INSTRUMENTATION, Facet.COMPOSITION, Facet.LYRICS, Facet.POST_PRODUCTION}
    assert declared(read("<ContainsAI>All</ContainsAI>")) == dict.fromkeys(music, Level.ALL)
    assert declared(read("<ContainsAI>None</ContainsAI>")) == dict.fromkeys(music, Level.NONE)


def test_contains_ai_partly_without_a_role_is_read_as_what_can_be_heard_and_warned_of():
    message = read("<ContainsAI>Partly</ContainsAI>")
    assert declared(message) == dict.fromkeys(
        (Facet.VOCALS, Facet.INSTRUMENTATION, Facet.POST_PRODUCTION), Level.PARTLY
    )
    assert codes(message) == [WarningCode.NO_FACET]


def test_a_person_with_all_breaks_r1():
    assert codes(read(contributor("Vocalist", ai="All"))) == [WarningCode.R1_AI_CONTRIBUTION]


def test_people_beside_contains_ai_all_break_r2():
    assert WarningCode.R2_ALL_WITH_PEOPLE in codes(read(contributor("Vocalist") + "<ContainsAI>All</ContainsAI>"))


def test_generated_parts_under_contains_ai_none_break_r3():
    message = read(contributor("Vocalist", special="GenerativeAI") + "<ContainsAI>None</ContainsAI>")
    assert WarningCode.R3_NONE_WITH_AI in codes(message)


def test_unknown_values_warn_and_stay_undeclared():
    message = read("<ContainsAI>Mostly</ContainsAI>")
    assert declared(message) == {}
    assert codes(message) == [WarningCode.UNKNOWN_VALUE]
    assert message.warnings[0].where.endswith("/SoundRecording/ContainsAI")


def test_invented_elements_are_named_and_not_read():
    message = read("<AIContributor><Area>Vocals</Area></AIContributor>")
    assert declared(message) == {}
    assert codes(message) == [WarningCode.INVENTED_ELEMENT]


def test_ai_elements_in_an_older_version_are_read_and_warned_of():
    message = read("<ContainsAI>All</ContainsAI>", version="43")
    assert declared(message)[Facet.VOCALS] is Level.ALL
    assert codes(message) == [WarningCode.ELEMENT_OF_LATER_VERSION]


def test_a_reference_to_nobody_is_warned_of():
    assert codes(read(contributor("Vocalist", party="PX", ai="Partly"))) == [WarningCode.NO_SUCH_PARTY]


def test_a_wrong_isrc_is_warned_of_and_kept():
    message = read("<ResourceId><ISRC>QZ-1</ISRC></ResourceId>")
    assert message.tracks[0].isrc == "QZEM62600001"
    broken = read(release="<ReleaseId><ICPN>885016204076</ICPN></ReleaseId>")
    assert broken.releases[0].upc == "885016204076"
    assert codes(broken) == [WarningCode.INVALID_IDENTIFIER]


@pytest.mark.parametrize(
    ("terms", "taken_down"),
    [
        ("<ValidityPeriod><StartDate>2026-01-01</StartDate></ValidityPeriod>", False),
        ("<ValidityPeriod><EndDate>2027-01-01</EndDate></ValidityPeriod>", False),
        ("<ValidityPeriod><EndDate>2026-10-31</EndDate></ValidityPeriod>", True),
        ("<TakeDown>true</TakeDown>", True),
    ],
)
def test_deals_say_whether_a_release_is_taken_down(terms, taken_down):
    deals = f"""<DealList><ReleaseDeal><DealReleaseReference>R0</DealReleaseReference>
      <Deal><DealTerms>{terms}</DealTerms></Deal></ReleaseDeal></DealList>"""
    assert read(deals=deals).releases[0].taken_down is taken_down


def test_no_deal_at_all_takes_a_release_down():
    assert read().releases[0].taken_down
