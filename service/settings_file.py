"""The commented settings file, made from the settings themselves so that it shows every field."""

import textwrap
from pathlib import Path

from service.settings import Settings

HEADER = """\
# Every setting of Earmark with its default. A line without '#' changes one; the environment wins over this file.
# Written by `python -m service.settings_file`.
"""
PATH = Path(__file__).parent.parent / "deploy" / "earmark.env"


def render() -> str:
    """The file's text: each field's meaning as a comment, then ``#EARMARK_NAME=default``."""
    parts = [HEADER]
    for name, field in Settings.model_fields.items():
        comment = textwrap.fill(field.description or "", 116, initial_indent="# ", subsequent_indent="# ")
        default = "" if field.default is None else field.default
        parts.append(f"{comment}\n#EARMARK_{name.upper()}={default}\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PATH.write_text(render(), "utf-8")
