"""Which picture of a message is a release's cover."""

import pytest

from schemas.ern.images import cover_of
from schemas.ern.message import ErnFile, ErnImage, ErnMessage, ErnRelease


def image(reference, kind="FrontCoverImage", files=1):
    return ErnImage(resource_reference=reference, type=kind, files=[ErnFile(uri=f"{reference}.png")] * files)


def message(images, releases):
    return ErnMessage(version="4.3.2", kind="NewReleaseMessage", message_id="M1", images=images, releases=releases)


R_OWN = ErnRelease(resource_references=["A1"], linked_references=["A3"])
R_NONE = ErnRelease(resource_references=["A1"])


@pytest.mark.parametrize(
    ("images", "releases", "cover"),
    [
        ([image("A2"), image("A3")], [R_OWN], "A3"),
        ([image("A3", "Logo"), image("A1")], [R_OWN], "A1"),
        ([image("A3", "Logo")], [R_OWN], "A3"),
        ([image("A2", "Logo"), image("A4")], [R_NONE], "A4"),
        ([image("A2", files=0)], [R_NONE], None),
        ([image("A2")], [R_NONE, R_OWN], None),
        ([], [R_NONE], None),
    ],
)
def test_the_front_cover_that_a_release_refers_to(images, releases, cover):
    found = cover_of(message(images, releases), releases[0])
    assert (found.resource_reference if found else None) == cover
