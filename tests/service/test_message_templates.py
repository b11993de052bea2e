from datetime import date

import pytest

from schemas.review import ReasonCode
from schemas.verdict import Action
from service.message_templates import MessageTemplates, filled
from service.rules.pack import Clause
from service.yaml_rows import RowsRefused


def test_every_reason_has_a_template_that_fills():
    templates = MessageTemplates.load().by_id.values()
    clause = Clause(clause="AI-2", title="Title", text="Text\n  over lines")
    for reason in ReasonCode:
        assert any(reason in one.reasons or not one.reasons for one in templates), reason
    for one in templates:
        text = filled(
            one, titles=["{clause}"], tracks=3, action=Action.HOLD, clause=clause, appeal_until=date(2027, 6, 1)
        )
        assert "3 tracks" in text or "“{clause}” and 2 more" in text
        assert "Text over lines" in text or "{clause_text}" not in one.text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- {id: a, title: A, text: 'Dear {name}'}", "{name} is unknown"),
        ("- {id: a, title: A, text: 'Dear {title!r}'}", "{title} is unknown"),
        ("- {id: a, title: A, text: 'Dear {title'}", "braces do not match"),
        ("- {id: a, title: A, reasons: [sad], text: x}", "reasons"),
        ("[", "while parsing"),
    ],
)
def test_a_template_that_cannot_be_filled_is_refused_by_name(tmp_path, text, said):
    path = tmp_path / "messages.yaml"
    path.write_text(text)
    with pytest.raises(RowsRefused, match=said.replace("{", r"\{").replace("}", r"\}")):
        MessageTemplates.load(path)
