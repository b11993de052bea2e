"""Text as XML 1.0 takes it."""

import re

_REFUSED = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(text: str) -> str:
    """The text with a space for every character that no XML document may hold, such as control characters."""
    return _REFUSED.sub(" ", text)
