"""Statistics of a batch: what a sender, or a ring judged as one, delivered of late.

Every statistic is kept up to date as tracks come and go, so that a fact costs the same at the tenth track and at the
ten-thousandth. The state is nothing but its sightings: :meth:`BulkState.of` builds it again from stored rows.
"""

from bisect import bisect_left, insort
from collections import Counter, deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TypeVar

from schemas.facts import BulkFacts
from service.facts.baselines import TierBaseline
from service.facts.history import LONG_S, SHORT_S, TWO_MINUTES_S
from service.facts.names import fold
from service.facts.sightings import Sighting
from service.facts.slices import LOOK_BACK, follows
from service.facts.surprise import binomial_surprise
from service.facts.titles import counted_stem, words

_Key = TypeVar("_Key", str, int)

WINDOW = timedelta(days=30)
MOST_TRACKS = 1_000

STEM_REPEATS = 5
ARTIST_STEM_REPEATS = 3
COMMON_WORD = 0.25
"""A word is common to a batch that stands in a quarter of its titles."""

_FLAGS = (
    "functional",
    "looped",
    "spoken",
    "ai_hidden",
    "ai_admitted",
    "linked",
    "far",
    "protected_match",
    "search",
    "generic",
    "medical",
    "borrowed",
    "chart_title",
    "isrc_reused",
    "foreign_isrc",
    "other_language",
    "resubmitted",
    "returned_renamed",
)


NOTHING_YET = BulkFacts(
    tracks=0,
    artists=0,
    releases=0,
    slices=0,
    contiguous=0,
    medical=0,
    borrowed_titles=0,
    chart_titles=0,
    ai_hidden=0,
    profile_claims=0,
    far_claims=0,
    protected_names=0,
    lookalikes=0,
    copies=0,
    copied_senders=0,
    protected_matches=0,
    shared_cover_artists=0,
    isrc_reused=0,
    foreign_isrcs=0,
    language_mismatch=0,
    identity_changes=0,
    resubmitted=0,
    returned_renamed=0,
)
"""Nothing was delivered but what was known already: counts are zero, shares unknown."""


class BulkState:
    """The deliveries of the last 30 days, at most 1,000, with their statistics."""

    def __init__(self) -> None:
        self.sightings: deque[Sighting] = deque()
        self._flags: Counter[str] = Counter()
        self._payable = self._short = self._slices = self._two_minutes = self._long = self._copies = 0
        self._lengths: list[float] = []
        self._artists: Counter[str] = Counter()
        self._releases: Counter[str] = Counter()
        self._stems: Counter[str] = Counter()
        self._numbered = 0
        self._artist_stems: dict[str, Counter[str]] = {}
        self._words: Counter[str] = Counter()
        self._word_counts: Counter[int] = Counter()
        self._claims: Counter[str] = Counter()
        self._protected: Counter[str] = Counter()
        self._lookalikes: Counter[str] = Counter()
        self._copied: Counter[str] = Counter()
        self._renamed: Counter[str] = Counter()
        self._covers: dict[str, tuple[Counter[str], Counter[str]]] = {}
        self._followers: deque[bool] = deque()
        self._contiguous = 0

    @classmethod
    def of(cls, sightings: Iterable[Sighting]) -> "BulkState":
        """The state after these sightings, which come in order of acceptance."""
        state = cls()
        for sighting in sightings:
            state.add(sighting)
        return state

    def add(self, sighting: Sighting) -> None:
        self.sightings.append(sighting)
        self._followers.append(False)
        self._count(sighting, 1)
        self._link(len(self.sightings) - 1)
        self._expire(sighting.at)

    def replace(self, old: Sighting, new: Sighting) -> None:
        """Put a corrected sighting in the place of an earlier one; nothing happens where that has expired."""
        for place, sighting in enumerate(self.sightings):
            if sighting == old:
                self._count(old, -1)
                self.sightings[place] = new
                self._count(new, 1)
                for changed in range(place, min(place + LOOK_BACK + 1, len(self.sightings))):
                    self._link(changed)
                return

    def _expire(self, now: datetime) -> None:
        while len(self.sightings) > MOST_TRACKS or self.sightings[0].at < now - WINDOW:
            self._count(self.sightings.popleft(), -1)
            self._contiguous -= self._followers.popleft()
            for place in range(min(LOOK_BACK, len(self.sightings))):
                if self._followers[place]:
                    self._link(place)

    def _link(self, place: int) -> None:
        """Note whether the track goes on from one of those just before it."""
        piece = self.sightings[place]
        before = range(max(0, place - LOOK_BACK), place) if piece.texture else ()
        found = any(follows(piece, self.sightings[other]) for other in before)
        self._contiguous += found - self._followers[place]
        self._followers[place] = found

    def _count(self, seen: Sighting, sign: int) -> None:
        for flag in _FLAGS:
            if getattr(seen, flag):
                self._flags[flag] += sign
        if seen.duration_s is not None:
            short = SHORT_S[0] <= seen.duration_s <= SHORT_S[1]
            cheap = seen.functional or seen.looped or seen.spoken or seen.search or seen.generic
            self._payable += sign * (seen.duration_s >= SHORT_S[0])
            self._short += sign * short
            self._slices += sign * (short and cheap)
            self._two_minutes += sign * (TWO_MINUTES_S[0] <= seen.duration_s <= TWO_MINUTES_S[1])
            self._long += sign * (seen.duration_s >= LONG_S)
            if sign > 0:
                insort(self._lengths, seen.duration_s)
            else:
                del self._lengths[bisect_left(self._lengths, seen.duration_s)]
        self._copies += sign * (seen.copied_from is not None)
        artist = fold(seen.artist)
        _bump(self._artists, artist, sign)
        _bump(self._releases, seen.upc or seen.track_id, sign)
        self._count_title(seen.title, sign)
        stem = counted_stem(seen.artist)
        if stem is not None:
            _bump(self._artist_stems.setdefault(stem, Counter()), artist, sign)
        for counter, key in (
            (self._claims, seen.claim),
            (self._lookalikes, seen.lookalike),
            (self._copied, seen.copied_from),
            (self._renamed, seen.identity_changed),
            *((self._protected, name) for name in seen.protected),
        ):
            if key is not None:
                _bump(counter, key, sign)
        if seen.cover is not None:
            artists, releases = self._covers.setdefault(seen.cover, (Counter(), Counter()))
            _bump(artists, artist, sign)
            _bump(releases, seen.upc or seen.track_id, sign)
            if not artists:
                del self._covers[seen.cover]

    def _count_title(self, title: str, sign: int) -> None:
        stem = counted_stem(title)
        if stem is not None:
            before = self._stems[stem]
            _bump(self._stems, stem, sign)
            after = before + sign
            self._numbered += (after if after >= STEM_REPEATS else 0) - (before if before >= STEM_REPEATS else 0)
        for word in words(title):
            before = self._words[word]
            _bump(self._words, word, sign)
            if before:
                _bump(self._word_counts, before, -1)
            if before + sign:
                self._word_counts[before + sign] += 1

    def shared_cover_artists(self, cover: str | None) -> int:
        """Artists under one cover, as far as each has a release of its own: a compilation is one release."""
        artists, releases = self._covers.get(cover or "", (Counter[str](), Counter[str]()))
        return min(len(artists), len(releases))

    def _numbered_artist_tracks(self) -> int:
        return sum(sum(names.values()) for names in self._artist_stems.values() if len(names) >= ARTIST_STEM_REPEATS)

    def _title_overlap(self) -> float:
        """Share of all words in titles that are common to the batch."""
        floor = max(2.0, COMMON_WORD * len(self.sightings))
        total = sum(count * number for count, number in self._word_counts.items())
        common = sum(count * number for count, number in self._word_counts.items() if count >= floor)
        return common / total if total else 0.0

    def _length_spread(self) -> float:
        known = len(self._lengths)
        if known < 4:
            return 1.0
        median = self._lengths[known // 2]
        return (self._lengths[3 * known // 4] - self._lengths[known // 4]) / median if median else 1.0

    def facts(self, baseline: TierBaseline, *, cover: str | None = None, has_links: bool | None = True) -> BulkFacts:
        """The statistics as they stand; ``cover`` is that of the judged track. ``has_links``: whether the sender has
        links to store profiles; ``None``: nobody knows.
        """
        total = len(self.sightings)
        if not total:
            return NOTHING_YET
        flags = self._flags
        return BulkFacts(
            tracks=total,
            artists=len(self._artists),
            releases=len(self._releases),
            payable_share=self._payable / len(self._lengths) if self._lengths else None,
            slices=self._slices,
            contiguous=self._contiguous,
            short_share=self._short / total,
            long_share=self._long / len(self._lengths) if self._lengths else None,
            short_surprise=binomial_surprise(self._short, total, baseline.share_30_35s),
            two_minute_share=self._two_minutes / total,
            two_minute_surprise=binomial_surprise(self._two_minutes, total, baseline.share_120_125s),
            length_spread=self._length_spread(),
            functional_share=flags["functional"] / total,
            loop_share=flags["looped"] / total,
            speech_share=flags["spoken"] / total,
            numbered_share=self._numbered / total,
            numbered_artists=self._numbered_artist_tracks() / total,
            title_overlap=self._title_overlap(),
            search_share=flags["search"] / total,
            generic_share=flags["generic"] / total,
            medical=flags["medical"],
            borrowed_titles=flags["borrowed"],
            borrowed_share=flags["borrowed"] / total,
            chart_titles=flags["chart_title"],
            ai_hidden=flags["ai_hidden"],
            ai_hidden_share=flags["ai_hidden"] / total,
            ai_admitted_share=flags["ai_admitted"] / total,
            unlinked_share=1 - flags["linked"] / total if has_links else None,
            linked_share=flags["linked"] / total if has_links is not None else None,
            profile_claims=len(self._claims),
            far_claims=flags["far"],
            protected_names=len(self._protected),
            lookalikes=len(self._lookalikes),
            copies=self._copies,
            copied_senders=len(self._copied),
            protected_matches=flags["protected_match"],
            shared_cover_artists=self.shared_cover_artists(cover),
            isrc_reused=flags["isrc_reused"],
            foreign_isrcs=flags["foreign_isrc"],
            language_mismatch=flags["other_language"],
            identity_changes=len(self._renamed),
            resubmitted=flags["resubmitted"],
            returned_renamed=flags["returned_renamed"],
        )


def _bump(counter: Counter[_Key], key: _Key, sign: int) -> None:
    counter[key] += sign
    if not counter[key]:
        del counter[key]
