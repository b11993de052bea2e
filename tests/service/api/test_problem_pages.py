from pathlib import Path

from schemas.problems import PROBLEMS, ProblemType
from service.api.problem_pages import pages

DOCS = Path(__file__).parents[3] / "docs" / "problems"


def test_the_pages_in_docs_are_those_of_the_catalogue() -> None:
    committed = {path.name: path.read_text(encoding="utf-8") for path in DOCS.iterdir()}
    assert committed == pages(), "run: python -m service.api.problem_pages docs/problems"


def test_every_type_is_explained() -> None:
    assert set(PROBLEMS) == set(ProblemType)
    for kind, (status, title, means, remedy) in PROBLEMS.items():
        assert 400 <= status <= 599, kind
        assert not title.endswith("."), kind
        assert means.endswith("."), kind
        assert remedy.endswith("."), kind


def test_the_index_lists_every_type() -> None:
    for kind in ProblemType:
        assert f"[{kind.value}]({kind.value}.md)" in pages()["README.md"]
