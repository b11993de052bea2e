"""Facts of rights: registered recordings that are heard in a track, and who may use them."""

from datetime import date

from schemas.catalogue import TrackMetadata
from schemas.facts import RightsFacts
from service.facts.names import fold
from service.facts.registry import ReferenceKind, ReferenceRecording, Registry
from service.facts.senders import SenderState

_ORDER = list(ReferenceKind)


def references_heard(registry: Registry, recordings: list[str], *, functional: bool) -> list[ReferenceRecording]:
    """The references among the recordings a track equals or contains, strongest first; none for noise and silence."""
    if functional:
        return []
    heard = {recording: registry.recordings[recording] for recording in recordings if recording in registry.recordings}
    return sorted(
        (reference for reference in heard.values() if not reference.unmatchable),
        key=lambda reference: _ORDER.index(reference.kind),
    )


def may_use(reference: ReferenceRecording, sender: SenderState, sender_names: set[str]) -> bool:
    """Whether the sender owns the recording or was given a licence. Confirmed spam is nobody's to use."""
    if reference.kind is ReferenceKind.CONFIRMED_SPAM:
        return False
    if sender.id in reference.licensed_to or (sender.parent is not None and sender.parent in reference.licensed_to):
        return True
    if reference.account is not None and reference.account == sender.id:
        return True
    if reference.owner is not None and (reference.owner == sender.id or reference.owner in sender_names):
        return True
    return reference.artist_id is not None and reference.artist_id in (sender.links or ())


def names_artist(metadata: TrackMetadata, reference: ReferenceRecording) -> bool:
    """Whether the recording's own artist is credited: a right to the recording is none to anybody else's name."""
    if reference.artist is None and reference.artist_id is None:
        return True
    named = fold(reference.artist) if reference.artist else None
    return any(
        (artist.artist_id is not None and artist.artist_id == reference.artist_id) or fold(artist.name) == named
        for artist in metadata.artists
    )


def rights_facts(
    reference: ReferenceRecording | None,
    *,
    licensed: bool,
    overlap: float | None,
    on: date,
    banned_payout: bool,
) -> RightsFacts:
    """Facts of the strongest reference, as of the day of acceptance."""
    if reference is None:
        return RightsFacts(reference="none", licensed=False, unreleased=False, banned_payout=banned_payout)
    return RightsFacts(
        reference=reference.kind.value,
        licensed=licensed,
        overlap=1.0 if overlap is None else overlap,
        unreleased=reference.release_date is not None and reference.release_date > on,
        banned_payout=banned_payout,
    )
