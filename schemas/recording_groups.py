"""When two recordings count as one, out of how they match: the same question for files, for deliveries and in replays.

A match is kept as evidence whatever it covers. It makes a group where the two are one recording: at least half of the
shorter one is in common, and the longer one is no mix. A mix holds each of its songs whole, so that by their shorter
side alone it would make one recording of all of them; a song does not last so long.
"""

from schemas.evidence import RecordingMatch, Relation

GROUPING = frozenset({Relation.IDENTICAL, Relation.SAME_RECORDING, Relation.TRANSFORMED})
"""Relations that make a group. A shared backing is a link and no more: a beat leased to a hundred singers makes a
hundred songs."""

LEAST_SHARE = 0.5
"""Share of the shorter recording that is in common: less is a sample, a quotation or an intro."""
LONGEST_SONG_S = 900.0
"""Length beyond which `LEAST_SHARE` of the longer has to be in common as well: a mix, a set, an album in one file."""


def is_one_recording(match: RecordingMatch, query_s: float | None, reference_s: float | None) -> bool:
    """Whether a match makes its two recordings one, by their lengths in seconds. What is not known does not count.

    `overlap_s` is of the query; on the reference it lasts `speed_ratio` times as long.
    """
    if match.relation not in GROUPING:
        return False
    if match.relation is Relation.IDENTICAL or not query_s or not reference_s:
        return True
    of_query = match.overlap_s / query_s
    of_reference = match.overlap_s * match.speed_ratio / reference_s
    if max(of_query, of_reference) < LEAST_SHARE:
        return False
    longer_s, of_longer = max((query_s, of_query), (reference_s, of_reference))
    return longer_s <= LONGEST_SONG_S or of_longer >= LEAST_SHARE
