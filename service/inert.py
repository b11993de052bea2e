"""Text of strangers, shown so that it can do nothing and hide nothing.

Escaping keeps markup from working; this keeps characters from lying. Bidirectional controls can turn a line around,
zero-width characters make two different names look alike, controls break a table: each becomes a visible mark.
"""

import unicodedata

_HIDDEN = frozenset("\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u3164\ufeff\uffa0")
LONGEST = 300


def inert(text: str | None, longest: int = LONGEST) -> str:
    """The text with every control, format and invisible character written as ``⟨U+202E⟩``, cut to ``longest``."""
    if not text:
        return ""
    shown = text[:longest]
    if not (shown.isprintable() and _HIDDEN.isdisjoint(shown)):
        shown = "".join(_visible(character) for character in shown)
    return shown + (f" … ({len(text):,} characters)" if len(text) > longest else "")


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Zs":
        return " "  # all spaces look alike and are harmless; names that differ in them are shown as the same
    if character in _HIDDEN or category in ("Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"):
        return f"⟨U+{ord(character):04X}⟩"
    return character
