from pathlib import Path

from schemas.facts import fact_fields
from service.rules.facts_page import facts_page

PAGE = Path(__file__).parents[3] / "docs" / "facts.md"


def test_the_page_of_facts_is_current() -> None:
    """When this fails: ``earmark policy facts --write docs/facts.md``."""
    assert PAGE.read_text(encoding="utf-8") == facts_page()


def test_every_fact_says_what_it_means_and_who_produces_it() -> None:
    for name, _, meaning, producer in fact_fields():
        assert meaning.endswith("."), name
        assert producer, name
