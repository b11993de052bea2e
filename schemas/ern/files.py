"""The files that a resource of a message names, with the hash sums that it states for them."""

from lxml import etree

from schemas.ern.message import ErnFile
from schemas.ern.navigate import local, text


def files_of(resource: etree._Element) -> list[ErnFile]:
    """Every file that a resource names, whichever technical details it stands in."""
    files = []
    for element in resource.iter(etree.Element):
        if local(element) != "File":
            continue
        path, name = text(element, "FilePath") or "", text(element, "FileName")
        uri = text(element, "URI", "URL") or (path + name if name else None)
        if uri:
            algorithm = text(element, "HashSum/Algorithm", "HashSum/HashSumAlgorithmType")
            value = text(element, "HashSum/HashSumValue", "HashSum/HashSum")
            files.append(ErnFile(uri=uri, hash_algorithm=algorithm, hash_value=value))
    return files
