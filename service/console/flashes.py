"""What a page says of what was just done. The address names the message, never its text, so nobody can put words there.

A route that did something redirects to ``address(page, "decided", about=decision_id)``; the page it leads to takes
``said`` and ``about`` from the address and hands ``flash(said, about)`` to the template.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlencode

MESSAGES = {
    "decided": "Decided.",
    "undone": "The decision is taken back.",
    "bulk-undone": "The bulk decision is taken back.",
    "counted": "Counted.",
    "demoted": "The rule is taken back.",
    "rolled-back": "The earlier version is in force again.",
    "released": "The rule acts in full again, and what it let by is judged anew.",
    "nothing-more": "Nothing more waits for you here.",
    "delivered": "The track is stored. It is analysed and judged now.",
    "webhook-tested": "The test message was sent; its answer is the first below.",
    "webhook-replayed": "It will be sent again within moments.",
    "webhook-enabled": "The webhook is told again. What it missed comes by sending it again.",
    "webhook-disabled": "The webhook is told nothing from now on.",
    "nothing-blind": "No case about generation is left whose score you have not seen.",
    "shares-set": "From now on so much is looked at once more.",
    "golden-set": "The answer is set. Nobody sees that the case has one.",
    "golden-removed": "Nobody is scored by that case any more.",
    "looked": "Kept. It changes nothing for the track.",
    "no-look": "No second look waits for you.",
    "person-changed": "Changed, and on record.",
    "taken": "Somebody else has this case in hand.",
}
"""Every message by its name."""

_UNDO = {"decided": "/console/decisions/{about}/undo"}
_ID = re.compile(r"[a-z]{3}_[0-9a-z]{26}")


@dataclass(frozen=True, slots=True)
class Flash:
    text: str
    undo: str | None = None
    """Where a form takes it back."""


def flash(said: str, about: str = "") -> Flash | None:
    """The message of that name; nothing for a name that is none of ours."""
    if said not in MESSAGES:
        return None
    undo = _UNDO.get(said)
    return Flash(MESSAGES[said], undo.format(about=about) if undo and _ID.fullmatch(about) else None)


def address(page: str, said: str, about: str = "") -> str:
    """The address of a page that says it."""
    return f"{page}{'&' if '?' in page else '?'}{urlencode({'said': said} | ({'about': about} if about else {}))}"
