"""Letters that look like Latin ones: the part of Unicode TR39 that is used to imitate names.

Only scripts that mix visibly with Latin count (Cyrillic, Greek, Armenian, Cherokee), and the digits and signs of leet
spelling. Mixed scripts alone prove nothing: ``MC 張天賦``, ``Rude-α`` and ``μ's`` are real artists.
"""

import unicodedata

_LOOKALIKES = {
    # Cyrillic
    "а": "a", "в": "b", "е": "e", "ё": "e", "з": "3", "і": "i", "ї": "i", "ј": "j", "к": "k", "м": "m", "н": "h",
    "о": "o", "р": "p", "с": "c", "т": "t", "у": "y", "ү": "y", "х": "x", "ѕ": "s", "ԁ": "d", "һ": "h", "ԛ": "q",
    "ԝ": "w", "ь": "b", "ӏ": "l", "г": "r", "п": "n", "и": "u", "я": "r", "ғ": "f", "ɡ": "g",
    # Greek
    "α": "a", "β": "b", "γ": "y", "ε": "e", "η": "n", "ι": "i", "κ": "k", "ν": "v", "ο": "o", "ρ": "p", "σ": "o",
    "τ": "t", "υ": "u", "χ": "x", "ω": "w", "μ": "u", "ζ": "z", "δ": "d", "θ": "o", "λ": "l",
    # Armenian
    "ա": "w", "գ": "q", "զ": "q", "հ": "h", "ո": "n", "ռ": "n", "ս": "u", "ց": "g", "օ": "o", "ք": "p", "յ": "j",
    # Cherokee, folded to lower case
    "ꭰ": "d", "ꭱ": "r", "ꭲ": "t", "ꭺ": "a", "ꭻ": "j", "ꭼ": "e", "ꮃ": "w", "ꮇ": "m", "ꮋ": "h", "ꮍ": "y", "ꮐ": "g",
    "ꮓ": "z", "ꮢ": "r", "ꮤ": "w", "ꮪ": "s", "ꮩ": "v", "ꮮ": "l", "ꮯ": "c", "ꮲ": "p", "ꮶ": "k", "ꮷ": "d", "ᏼ": "b",
    # Latin letters beyond the alphabet
    "ı": "i", "ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ɑ": "a", "ɩ": "i", "ʏ": "y", "ɴ": "n", "ʀ": "r", "ꜱ": "s",
}  # fmt: skip
_LEET = {"0": "o", "1": "l", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "$": "s", "@": "a", "!": "i", "€": "e"}

_MIXING = ("CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE")


def skeleton(name: str) -> str:
    """A name with imitating letters, signs and digits replaced by the Latin letters they stand for; no spaces."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    out = []
    for char in decomposed:
        if unicodedata.category(char) == "Mn" and ord(char) < 0x370:
            continue
        seen_as = _LOOKALIKES.get(char, _LEET.get(char, char))
        if seen_as.isalnum():
            out.append(seen_as)
    return "".join(out)


def mixes_scripts(name: str) -> bool:
    """Whether one word of the name holds letters of Latin and of a script that imitates it."""
    for word in name.split():
        kinds = {unicodedata.name(char, "?").split(" ")[0] for char in word if char.isalpha()}
        if "LATIN" in kinds and kinds & set(_MIXING):
            return True
    return False


def imitates_by_script(name: str) -> bool:
    """Whether the name holds a letter of another script (or an invisible character) that stands for a Latin one."""
    return mixes_scripts(name) or any(
        unicodedata.name(char, "?").split(" ")[0] in _MIXING and char in _LOOKALIKES for char in name.casefold()
    )
