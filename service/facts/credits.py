"""Facts of the credits: whose names and profiles a delivery uses, and who vouches for that.

An artist's key or a link from earlier deliveries vouches. A claim without either is a question; whether it is an
imposture shows only with the sound, the titles or the number of such claims.
"""

from collections.abc import Callable
from dataclasses import dataclass

from schemas.catalogue import Artist, TrackMetadata
from schemas.facts import ArtistKey, CreditsFacts
from service.facts.names import fold
from service.facts.registry import Registry

GUEST_ROLES = frozenset({"FeaturedArtist", "Remixer", "Mixer", "Narrator"})
"""Roles that put a track on a store profile. Composers and authors are credited rightly by every cover version."""

FAR_FROM_PROFILE = 0.6
VOICE_ALIKE = 0.8
"""Chance resemblance of voices reaches 0.7."""

Resembles = Callable[[str], tuple[str, str] | None]
"""From a name to the protected artist it imitates and how (homoglyph, leet, misspelling)."""


@dataclass(frozen=True, slots=True)
class CreditFindings:
    """The facts, and what the bulk counters need of them."""

    facts: CreditsFacts
    claim: str | None
    protected: frozenset[str]
    imitated: str | None
    linked: bool


def credit_findings(
    metadata: TrackMetadata,
    *,
    links: frozenset[str] | None,
    registry: Registry,
    resembles: Resembles,
    known_recording: bool,
    voice_of: str | None = None,
    voice_similarity: float | None = None,
    artist_distance: float | None = None,
    has_key: bool = False,
    key_sha256: str | None = None,
) -> CreditFindings:
    """Look every credit up. ``known_recording``: the same ISRC or recording stands under these credits already.

    ``links`` that nobody keeps (``None``) leave it unknown whether a claim is rightful: a claim is then no evidence.
    """
    mains = metadata.main_artists()
    unlisted, links = links is None, links or frozenset()
    key = ArtistKey.RIGHT if has_key else ArtistKey.NONE
    if key_sha256 is not None:
        keyed = registry.artist_of_key(key_sha256)
        right = keyed is not None and any(_is_artist(artist, keyed, registry) for artist in metadata.artists)
        key = ArtistKey.RIGHT if right else ArtistKey.WRONG
        if right and keyed is not None:
            links |= {keyed}
            has_key = has_key or all(_is_covered(artist, links, registry) for artist in mains)
    vouched = has_key or all(artist.artist_id is None or artist.artist_id in links for artist in mains)
    claim = next((a.artist_id for a in mains if a.artist_id is not None and a.artist_id not in links), None)
    if has_key or known_recording:
        claim = None
    main_names = _protected(mains, links, registry) if not (has_key or known_recording) else frozenset()
    guests = [artist for artist in metadata.artists if artist.role in GUEST_ROLES]
    guest_names = _protected(guests, links, registry) if not (has_key or known_recording) else frozenset()
    imitation = None
    if not vouched or all(artist.artist_id is None for artist in mains):
        imitation = next((found for artist in mains if (found := resembles(artist.name))), None)
    if has_key:
        imitation = None
    named = main_names | guest_names | ({imitation[0]} if imitation else set())
    titles = {fold(metadata.title), fold(metadata.title.split("(")[0].split(" - ")[0].strip() or metadata.title)}
    voice = None
    if voice_of is not None and voice_similarity is not None:
        voice = voice_similarity >= VOICE_ALIKE and voice_of not in links and not has_key
    linked = has_key or any(artist.artist_id in links for artist in mains if artist.artist_id is not None)
    open_claim = unlisted and claim is not None
    facts = CreditsFacts(
        artist_key=key.value,
        vouched=None if unlisted and not vouched else vouched,
        claims_unlinked=None if open_claim else claim is not None,
        protected_main=None if unlisted and main_names else bool(main_names),
        protected_guest=None if unlisted and guest_names else bool(guest_names),
        lookalike=imitation[1] if imitation else "",
        star_title=any(titles & registry.star_titles.get(artist_id, set()) for artist_id in named),
        voice_match=voice,
        artist_distance=artist_distance,
    )
    protected = frozenset[str]() if unlisted else main_names | guest_names
    return CreditFindings(facts, None if unlisted else claim, protected, imitation[0] if imitation else None, linked)


def _is_artist(artist: Artist, artist_id: str, registry: Registry) -> bool:
    """Whether a credit is that of a registered artist: by profile, or by name where no profile is claimed."""
    if artist.artist_id is not None:
        return artist.artist_id == artist_id
    return registry.artist_by_name.get(fold(artist.name)) == artist_id


def _is_covered(artist: Artist, links: frozenset[str], registry: Registry) -> bool:
    """Whether a credit needs nobody to vouch for it, or has it: a key of one artist is none of another's."""
    needed = artist.artist_id or registry.artist_by_name.get(fold(artist.name))
    return needed is None or needed in links


def _protected(artists: list[Artist], links: frozenset[str], registry: Registry) -> frozenset[str]:
    """Protected artists named here, by name or by profile, that the sender has no link to."""
    found = set()
    for artist in artists:
        by_profile = artist.artist_id if artist.artist_id in registry.artist_names else None
        artist_id = by_profile or registry.artist_by_name.get(fold(artist.name))
        if artist_id is None or artist_id in links or (artist.artist_id is not None and artist.artist_id in links):
            continue
        found.add(artist_id)
    return frozenset(found)
