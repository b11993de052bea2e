"""XML from strangers: counted as a stream first, and only then built into a tree.

The first pass (expat) holds nothing: it refuses a document type declaration, which is all that entity bombs and
external entities need, and counts elements and depth. What it lets through is small and plain enough to be a tree.
"""

from typing import BinaryIO
from xml.parsers import expat

from lxml import etree

from schemas.ern.refusal import MessageRefused, RefusalReason

MAX_BYTES = 64 * 1024 * 1024
MAX_ELEMENTS = 500_000
MAX_DEPTH = 100
_CHUNK = 256 * 1024


def parse(stream: BinaryIO) -> etree._Element:
    """The root element of a message, after all limits were checked.

    Raises :class:`MessageRefused` for an empty or too large document, a document type declaration, too many or too
    deeply nested elements, and anything that is not well-formed in its declared encoding.
    """
    gate = _Gate()
    pieces: list[bytes] = []
    size = 0
    while chunk := stream.read(_CHUNK):
        size += len(chunk)
        if size > MAX_BYTES:
            raise MessageRefused(RefusalReason.TOO_LARGE, f"the message is larger than {MAX_BYTES // 2**20} MiB")
        gate.feed(chunk)
        pieces.append(chunk)
    if not size:
        raise MessageRefused(RefusalReason.EMPTY, "the message is empty")
    gate.feed(b"", final=True)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False, remove_pis=True
    )
    try:
        for piece in pieces:
            parser.feed(piece)
        return parser.close()
    except etree.XMLSyntaxError as error:
        raise MessageRefused(
            RefusalReason.MALFORMED, f"the XML is not well-formed: {error.msg}", error.lineno
        ) from None


class _Gate:
    def __init__(self) -> None:
        self.elements = 0
        self.depth = 0
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        self.parser = parser

    def feed(self, chunk: bytes, final: bool = False) -> None:
        try:
            self.parser.Parse(chunk, final)
        except expat.ExpatError as error:
            why = expat.errors.messages.get(error.code, "syntax error")
            raise MessageRefused(RefusalReason.MALFORMED, f"the XML is not well-formed: {why}", error.lineno) from None
        except (LookupError, ValueError) as error:
            if isinstance(error, MessageRefused):
                raise
            raise MessageRefused(RefusalReason.MALFORMED, f"the encoding cannot be read: {error}") from None

    def _doctype(self, *_: object) -> None:
        line = self.parser.CurrentLineNumber
        raise MessageRefused(RefusalReason.DTD, "a document type declaration (DTD) is not allowed in a message", line)

    def _start(self, _name: str, _attributes: dict[str, str]) -> None:
        self.elements += 1
        self.depth += 1
        if self.elements > MAX_ELEMENTS:
            detail = f"the message has more than {MAX_ELEMENTS:,} elements"
            raise MessageRefused(RefusalReason.TOO_MANY_ELEMENTS, detail, self.parser.CurrentLineNumber)
        if self.depth > MAX_DEPTH:
            detail = f"elements are nested deeper than {MAX_DEPTH} levels"
            raise MessageRefused(RefusalReason.TOO_DEEP, detail, self.parser.CurrentLineNumber)

    def _end(self, _name: str) -> None:
        self.depth -= 1
