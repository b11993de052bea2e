"""Every key of the console in one table: the help that ``?`` opens is drawn from it.

An element that carries ``data-key`` is pressed, or gets the focus where it is a field, by that key; what has no
element of its own (moving in lists, playing) is done by ``console.js`` and ``player.js``.
"""

from dataclasses import dataclass
from enum import StrEnum


class Where(StrEnum):
    EVERYWHERE = "Everywhere"
    LISTS = "In lists"
    HEARING = "Hearing"
    DECIDING = "Deciding"


@dataclass(frozen=True, slots=True)
class Key:
    keys: tuple[str, ...]
    does: str
    where: Where


KEYS = (
    Key(("?",), "show these keys", Where.EVERYWHERE),
    Key(("g", "q"), "go to the queue; g and another letter: to another place of the navigation", Where.EVERYWHERE),
    Key(("/",), "go to the first filter or search field", Where.EVERYWHERE),
    Key(("Esc",), "leave a field, close a dialog", Where.EVERYWHERE),
    Key(("j",), "next row", Where.LISTS),
    Key(("k",), "previous row", Where.LISTS),
    Key(("Enter",), "open the row; the first one where none was chosen", Where.LISTS),
    Key(("x",), "choose the row, or leave it out", Where.LISTS),
    Key(("B",), "decide the chosen rows together", Where.LISTS),
    Key(("Space",), "play or pause", Where.HEARING),
    Key(("s",), "hear the next seconds that drove the likelihood", Where.HEARING),
    Key(("a",), "hear two deliveries of a recording in step; again: switch between A and B", Where.HEARING),
    Key(("←",), "five seconds back", Where.HEARING),
    Key(("→",), "five seconds on", Where.HEARING),
    Key(("1", "…", "5"), "choose none, label, queue, hold or block, with the reason that goes with it", Where.DECIDING),
    Key(("b",), "choose reviewed and benign: stays until the content changes", Where.DECIDING),
    Key(("r",), "go to the reason", Where.DECIDING),
    Key(("m",), "go to the message to the uploader", Where.DECIDING),
    Key(("o",), "go to the private note", Where.DECIDING),
    Key(("d",), "decide", Where.DECIDING),
    Key(("t",), "go to the templates of messages", Where.DECIDING),
    Key(("c",), "decide it together with other cases of the cluster", Where.DECIDING),
    Key(("u",), "take the decision back", Where.DECIDING),
    Key(("q",), "back to the queue", Where.DECIDING),
    Key(("n",), "next case, leaving this one to others", Where.DECIDING),
)


def by_place() -> dict[Where, list[Key]]:
    """The table in the order of the help."""
    return {where: [key for key in KEYS if key.where is where] for where in Where}
