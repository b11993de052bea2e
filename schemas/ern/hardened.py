"""XML from strangers: counted as a stream first, and only then built into a tree.

The first pass (expat) holds nothing: it refuses a document type declaration, which is all that entity bombs and
external entities need, and counts elements, depth and recordings. What it lets through is small and plain enough to be
a tree. A document that is not in an ERN namespace is refused at its first element, whatever its size.
"""

import re
from collections.abc import Collection
from typing import BinaryIO
from xml.parsers import expat

from lxml import etree

from schemas.ern.refusal import MessageRefused, RefusalReason

MAX_BYTES = 64 * 1024 * 1024
MAX_ELEMENTS = 500_000
MAX_DEPTH = 100
MAX_RECORDINGS = 10_000
"""The largest box sets have a few hundred recordings."""
NAMESPACE = re.compile(r"https?://(?:www\.)?ddex\.net/xml/ern/(\d+)/?")
_CHUNK = 256 * 1024


def parse(stream: BinaryIO, *, also: Collection[str] = ()) -> etree._Element:
    """The root element of a message, after all limits were checked. ``also`` names root elements of other namespaces
    that are let through, such as those that go with a batch.

    Raises :class:`MessageRefused` for an empty or too large document, a document type declaration, too many or too
    deeply nested elements, and anything that is not well-formed in its declared encoding.
    """
    gate = _Gate(also)
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
    def __init__(self, also: Collection[str] = ()) -> None:
        self.also = also
        self.elements = 0
        self.depth = 0
        self.recordings = 0
        parser = expat.ParserCreate(namespace_separator=" ")
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
        self._refuse(RefusalReason.DTD, "a document type declaration (DTD) is not allowed in a message")

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        namespace, _, plain = name.rpartition(" ")
        if not self.elements and NAMESPACE.fullmatch(namespace) is None and plain not in self.also:
            self._refuse(RefusalReason.NOT_ERN, "the root element is not in a DDEX ERN namespace")
        self.recordings += name == "SoundRecording"
        self.elements += 1
        self.depth += 1
        if self.elements > MAX_ELEMENTS:
            self._refuse(RefusalReason.TOO_MANY_ELEMENTS, f"the message has more than {MAX_ELEMENTS:,} elements")
        if self.recordings > MAX_RECORDINGS:
            detail = f"the message has more than {MAX_RECORDINGS:,} sound recordings"
            self._refuse(RefusalReason.TOO_MANY_ELEMENTS, detail)
        if self.depth > MAX_DEPTH:
            self._refuse(RefusalReason.TOO_DEEP, f"elements are nested deeper than {MAX_DEPTH} levels")

    def _refuse(self, reason: RefusalReason, detail: str) -> None:
        raise MessageRefused(reason, detail, self.parser.CurrentLineNumber)

    def _end(self, _name: str) -> None:
        self.depth -= 1
