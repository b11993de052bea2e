"""What a person confirmed corrects what is published; what a machine suspects does not."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.disclosure import AUDIBLE_FACETS, Facet, Level, admits_audible_ai, complete
from schemas.exports.credits import confirmed_sentences, declared_lines, undeclared_facets
from schemas.exports.eu_icon import IconClass, icon_class
from schemas.exports.published import CONFIRMS_AI, published_declaration
from schemas.verdict import Label

DECLARATIONS = st.dictionaries(st.sampled_from(Facet), st.sampled_from(Level))


@given(DECLARATIONS, st.sets(st.sampled_from(sorted(set(Label) - CONFIRMS_AI))))
def test_without_a_confirmation_of_ai_the_declaration_is_published_as_it_is(declared, confirmed):
    assert published_declaration(declared, confirmed) == complete(declared)


@given(DECLARATIONS, st.sampled_from(sorted(CONFIRMS_AI)))
def test_confirmed_ai_is_never_published_as_none(declared, label):
    said = published_declaration(declared, [label])
    assert admits_audible_ai(said)
    assert icon_class(said) is not IconClass.NONE
    if admits_audible_ai(declared):
        assert said == complete(declared)
    untouched = set(Facet) - set(AUDIBLE_FACETS)
    assert all(said[facet] is complete(declared)[facet] for facet in untouched)


@given(DECLARATIONS)
def test_every_facet_is_either_declared_or_named_as_open(declared):
    lines, open_facets = declared_lines(declared), undeclared_facets(declared)
    assert {line.facet for line in lines} | set(open_facets) >= set(Facet) - {Facet.VIDEO}
    assert not {line.facet for line in lines} & set(open_facets)


def test_listeners_read_nothing_about_spam_and_every_sentence_once():
    assert confirmed_sentences([Label.FUNCTIONAL_AUDIO, Label.DUPLICATE_RECORDING]) == []
    assert len(confirmed_sentences([Label.AI_DECLARED, Label.AI_DECLARED_PARTLY])) == 1
