"""Steps through an ERN tree by local name: the namespace and its prefix differ by version and by sender."""

from collections.abc import Iterator

from lxml import etree


def local(element: etree._Element) -> str:
    """The element's name without namespace; empty for comments."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def children(element: etree._Element | None, *names: str) -> Iterator[etree._Element]:
    """The direct children of one of these names, in order; all of them where none is named."""
    if element is None:
        return
    for child in element:
        if isinstance(child.tag, str) and (not names or local(child) in names):
            yield child


def find(element: etree._Element | None, path: str) -> etree._Element | None:
    """The first element down a path such as ``ResourceId/ISRC``."""
    for found in find_all(element, path):
        return found
    return None


def find_all(element: etree._Element | None, path: str) -> Iterator[etree._Element]:
    """All elements down a path, in document order."""
    name, _, rest = path.partition("/")
    for child in children(element, name):
        if rest:
            yield from find_all(child, rest)
        else:
            yield child


def text(element: etree._Element | None, *paths: str) -> str | None:
    """The first non-empty text down one of the paths; the element's own where no path is given."""
    for path in paths or ("",):
        found = find(element, path) if path else element
        if found is not None and found.text and (stripped := found.text.strip()):
            return stripped
    return None


def line(element: etree._Element) -> int | None:
    """The element's line in the message, from 1."""
    found = element.sourceline
    return found if isinstance(found, int) else None


def where(element: etree._Element) -> str:
    """A readable path such as ``/NewReleaseMessage/ResourceList/SoundRecording[2]/ContainsAI``."""
    steps: list[str] = []
    node: etree._Element | None = element
    while node is not None:
        parent = node.getparent()
        name = local(node)
        if parent is not None:
            before = sum(1 for _ in node.itersiblings(node.tag, preceding=True))
            if before or next(node.itersiblings(node.tag), None) is not None:
                name += f"[{before + 1}]"
        steps.append(name)
        node = parent
    return "/" + "/".join(reversed(steps))
