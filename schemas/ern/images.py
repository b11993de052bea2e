"""The pictures of a message: which there are, and which of them is a release's cover."""

from collections.abc import Iterator

from lxml import etree

from schemas.ern.files import files_of
from schemas.ern.message import ErnImage, ErnMessage, ErnRelease
from schemas.ern.navigate import find_all, text

_COVERS = ("FrontCoverImage", "FrontCover")
"""ERN 4 and ERN 3 (AllowedValueSets ResourceType and ImageType)."""


def images(root: etree._Element) -> Iterator[ErnImage]:
    """Every ``Image`` in the order of the message."""
    for image in find_all(root, "ResourceList/Image"):
        yield ErnImage(
            resource_reference=text(image, "ResourceReference"),
            type=text(image, "Type", "ImageType"),
            files=files_of(image),
        )


def cover_of(message: ErnMessage, release: ErnRelease) -> ErnImage | None:
    """The cover of a release: of the pictures with a file that it refers to the front cover, or else the first.

    A release that refers to no picture has that of the message, where the message has only one release.
    """
    referred = {*release.resource_references, *release.linked_references}
    with_file = [image for image in message.images if image.files]
    own = [image for image in with_file if image.resource_reference in referred]
    if not own and len(message.releases) == 1:
        own = with_file
    return next((image for image in own if image.type in _COVERS), own[0] if own else None)
