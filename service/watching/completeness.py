"""Which files of a batch may be taken now. Pure."""

from collections.abc import Sequence

from service.watching.places import Entry

_MANIFESTS = (".csv", ".jsonl")


def takeable(entries: Sequence[Entry], settle_s: float) -> list[Entry]:
    """The files that may be taken: all of them once the sender says that the batch is complete (``BatchComplete``);
    EITHER WITH a manifest OR a message in the batch's own folder, those that have been quiet for a while, as more may
    come; else none. A batch that cannot be listed is not waited for.

    :param settle_s: for how long a file must not have changed, in seconds, where nobody says that it is whole
    """
    own = [entry for entry in entries if "/" not in entry.name]
    if any(is_batch_complete(entry.name) or not entry.name for entry in own):
        return list(entries)
    if any(is_trigger(entry.name) and entry.quiet_s >= settle_s for entry in own):
        return [entry for entry in entries if entry.quiet_s >= settle_s]
    return []


def is_batch_complete(name: str) -> bool:
    """``BatchComplete_{BatchId}.xml``: a ManifestMessage, or an empty file."""
    return name.lower().startswith("batchcomplete")


def is_trigger(name: str) -> bool:
    """What makes a folder a batch when it lies in the folder itself: a message, a manifest. An archive is one alone."""
    return name.lower().endswith((".xml", ".zip", *_MANIFESTS))
