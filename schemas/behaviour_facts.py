"""Facts that the behaviour counters give: identifiers, batches, rings, pace and reputation."""

from schemas.fact_group import FactGroup, fact

_COUNTERS = "accept and decide: the behaviour counters of the sender and its ring"
_DECISIONS = "decide: decisions on the sender's tracks, and its tier"


class IdentifierFacts(FactGroup):
    isrc_recordings: int | None = fact(
        "Different recordings delivered under this ISRC, this one included; noise apart.", producer=_COUNTERS
    )
    isrc_of_another: bool | None = fact(
        "The ISRC is known for another recording of another sender.", producer=_COUNTERS
    )
    foreign_registrant: bool | None = fact(
        "A new recording under a registrant's code that is known to belong to somebody else.", producer=_COUNTERS
    )


class BulkFacts(FactGroup):
    """Statistics of what a sender, or the ring it belongs to, delivered in the last 30 days (at most 1,000 tracks)."""

    tracks: int | None = fact("Tracks delivered, redeliveries apart; the base of the shares.", producer=_COUNTERS)
    artists: int | None = fact("Different main artists among them.", producer=_COUNTERS)
    releases: int | None = fact(
        "Releases they are on, by UPC; a track without one counts as its own.", producer=_COUNTERS
    )
    payable_share: float | None = fact("Share that lasts 30 s and more: shorter ones earn nothing.", producer=_COUNTERS)
    short_share: float | None = fact("Share that lasts 30 to 35 s.", producer=_COUNTERS)
    long_share: float | None = fact(
        "Share that lasts five minutes and more: a play of an hour is paid once, so that long tracks multiply nothing.",
        producer=_COUNTERS,
    )
    slices: int | None = fact(
        "Tracks of 30 to 35 s that are noise, silence, loops, speech or named by search terms.", producer=_COUNTERS
    )
    contiguous: int | None = fact(
        "Tracks of 30 to 65 s that begin and end within the sound and go on from one of the four before: same sender, "
        "length and long-term spectrum. Pieces of one long recording.",
        producer=_COUNTERS,
    )
    short_surprise: float | None = fact(
        "-log10 of the binomial probability of so many such tracks by the tier's baseline.", producer=_COUNTERS
    )
    two_minute_share: float | None = fact(
        "Share that lasts 120 to 125 s, just over a payment limit.", producer=_COUNTERS
    )
    two_minute_surprise: float | None = fact("-log10 of the probability of so many, likewise.", producer=_COUNTERS)
    length_spread: float | None = fact(
        "Spread of the lengths: interquartile range over the median.", producer=_COUNTERS
    )
    functional_share: float | None = fact("Share that is noise or silence.", producer=_COUNTERS)
    loop_share: float | None = fact("Share that is an exact repetition or a steady tone.", producer=_COUNTERS)
    speech_share: float | None = fact("Share that is mostly speech.", producer=_COUNTERS)
    numbered_share: float | None = fact("Share whose title is a number on a stem that repeats.", producer=_COUNTERS)
    numbered_artists: float | None = fact("Share whose artist is a number on a stem that repeats.", producer=_COUNTERS)
    title_overlap: float | None = fact("How far the titles draw on the same few words, 0-1.", producer=_COUNTERS)
    search_share: float | None = fact("Share whose titles are made of search terms.", producer=_COUNTERS)
    generic_share: float | None = fact("Share under a generic artist name.", producer=_COUNTERS)
    medical: int | None = fact("Tracks whose title promises to cure or treat.", producer=_COUNTERS)
    borrowed_titles: int | None = fact(
        "Tracks titled as an editorial playlist or a franchise.",
        producer=_COUNTERS,
    )
    borrowed_share: float | None = fact("Share of such tracks.", producer=_COUNTERS)
    chart_titles: int | None = fact(
        "Tracks titled as a current hit that neither say they are covers nor credit who wrote them.", producer=_COUNTERS
    )
    ai_hidden: int | None = fact("Likely generated tracks for which no audible AI is declared.", producer=_COUNTERS)
    ai_hidden_share: float | None = fact("Share of such tracks.", producer=_COUNTERS)
    ai_admitted_share: float | None = fact("Share for which audible AI is declared.", producer=_COUNTERS)
    unlinked_share: float | None = fact(
        "Share by main artists whom nothing links to the sender; unknown where it has no links at all.",
        producer=_COUNTERS,
    )
    linked_share: float | None = fact(
        "Share by main artists whom a profile or a key links to the sender.", producer=_COUNTERS
    )
    profile_claims: int | None = fact(
        "Different store profiles claimed without a link, for new recordings.", producer=_COUNTERS
    )
    far_claims: int | None = fact(
        "Tracks on such profiles whose sound is far (0.6 and up) from what the profile holds: none, as long as nothing "
        "produces `credits.artist_distance`.",
        producer=_COUNTERS,
    )
    protected_names: int | None = fact("Different protected artists credited without a link.", producer=_COUNTERS)
    lookalikes: int | None = fact("Different protected artists whose names are imitated.", producer=_COUNTERS)
    copies: int | None = fact(
        "Tracks whose recording was accepted before under another ISRC and another artist.", producer=_COUNTERS
    )
    copied_senders: int | None = fact("Different other senders whose recordings were copied.", producer=_COUNTERS)
    protected_matches: int | None = fact(
        "Tracks that contain protected recordings without a licence.", producer=_COUNTERS
    )
    shared_cover_artists: int | None = fact(
        "Artists, each on another release, under this track's cover: the same picture, in whatever size or format; a "
        "plain one is no picture.",
        producer=_COUNTERS,
    )
    isrc_reused: int | None = fact("Tracks under an ISRC that stands for another recording.", producer=_COUNTERS)
    foreign_isrcs: int | None = fact("New recordings under a foreign registrant's code.", producer=_COUNTERS)
    language_mismatch: int | None = fact(
        "Tracks sung (confidence 0.8 and up), or else plainly titled, in another language than declared.",
        producer=_COUNTERS,
    )
    identity_changes: int | None = fact(
        "Different artists that accepted tracks were given afterwards in place of others.", producer=_COUNTERS
    )
    resubmitted: int | None = fact(
        "Tracks whose recording was withdrawn twice or more and delivered again under another ISRC.",
        producer=_COUNTERS,
    )
    returned_renamed: int | None = fact(
        "Tracks whose recording the sender took back once before and delivers again under another artist and another "
        "ISRC.",
        producer=_COUNTERS,
    )


class RingFacts(FactGroup):
    """Accounts joined by typed, weighted evidence: judged as one. A sender on its own is a ring of one."""

    accounts: int | None = fact("Accounts joined.", producer=_COUNTERS)
    young_share: float | None = fact("Share of them known for less than 60 days.", producer=_COUNTERS)
    shared: list[str] | None = fact("What joins them: payout, device, network, cover, recording.", producer=_COUNTERS)
    tracks_24h: int | None = fact("New recordings of all together in 24 hours.", producer=_COUNTERS)
    tracks_7d: int | None = fact("New recordings of all together in 7 days.", producer=_COUNTERS)
    nb_surprise: float | None = fact(
        "-log10 of the negative-binomial probability of so many in 24 h, by the ring's own 28 days; needs 14 days.",
        producer=_COUNTERS,
    )
    tier_ratio: float | None = fact(
        "New recordings of all together in 24 h over the busiest 1 % of days of one ordinary sender of the tier.",
        producer=_COUNTERS,
    )
    cusum: float | None = fact(
        "Cumulative excess of all together over the ring's own baseline; low and slow shows above 8.",
        producer=_COUNTERS,
    )
    banned_payout: bool | None = fact("One of them is paid to a banned destination.", producer=_COUNTERS)


class VelocityFacts(FactGroup):
    """New recordings by what a delivery shows, this one included, as acceptance could tell them: a file or an ISRC that
    was accepted before does not count, nor does an update or a retry.

    By each key's name the decayed count (halved every day); ``_surprise``: -log10 of the negative-binomial probability
    of so many in 24 hours by the key's own 28 days; ``_cusum``: cumulative excess of the days before over its own
    baseline. The last two need 14 days; an account's own stand under ``sender``, a ring's under ``ring``.
    """

    account: float | None = fact("Under this account or sub-label.", producer=_COUNTERS)
    parent: float | None = fact("Under the distributor or label above it.", producer=_COUNTERS)
    artist: float | None = fact("Under this first main artist's name.", producer=_COUNTERS)
    dpid: float | None = fact("Under this DDEX party id.", producer=_COUNTERS)
    payout: float | None = fact("Paid to this destination.", producer=_COUNTERS)
    device: float | None = fact("From this device.", producer=_COUNTERS)
    network: float | None = fact("From this network (/24, or /48 of IPv6).", producer=_COUNTERS)
    parent_surprise: float | None = fact(
        "Surprise of the last 24 hours under the distributor or label above it.", producer=_COUNTERS
    )
    parent_cusum: float | None = fact(
        "Low-and-slow excess under the distributor or label above it; 8 is an alarm.", producer=_COUNTERS
    )
    artist_surprise: float | None = fact("Surprise of the last 24 hours under this artist's name.", producer=_COUNTERS)
    artist_cusum: float | None = fact(
        "Low-and-slow excess under this artist's name; 8 is an alarm.", producer=_COUNTERS
    )
    dpid_surprise: float | None = fact("Surprise of the last 24 hours under this DDEX party id.", producer=_COUNTERS)
    dpid_cusum: float | None = fact("Low-and-slow excess under this DDEX party id; 8 is an alarm.", producer=_COUNTERS)
    payout_surprise: float | None = fact(
        "Surprise of the last 24 hours under this payout destination.", producer=_COUNTERS
    )
    payout_cusum: float | None = fact(
        "Low-and-slow excess under this payout destination; 8 is an alarm.", producer=_COUNTERS
    )
    device_surprise: float | None = fact("Surprise of the last 24 hours under this device.", producer=_COUNTERS)
    device_cusum: float | None = fact("Low-and-slow excess under this device; 8 is an alarm.", producer=_COUNTERS)
    network_surprise: float | None = fact("Surprise of the last 24 hours under this network.", producer=_COUNTERS)
    network_cusum: float | None = fact("Low-and-slow excess under this network; 8 is an alarm.", producer=_COUNTERS)


class ReputationFacts(FactGroup):
    """Beta-binomial estimate from confirmed decisions, decaying by 2 % a week."""

    reviewed: float | None = fact("Decayed count of tracks that people decided on.", producer=_DECISIONS)
    spam_mean: float | None = fact("Expected share of spam.", producer=_DECISIONS)
    spam_low: float | None = fact("Lower end of its 95 % interval.", producer=_DECISIONS)
    spam_high: float | None = fact("Upper end of its 95 % interval.", producer=_DECISIONS)
    established: bool | None = fact(
        "Trusted tier, or long known with a large catalogue or many good decisions, and never much spam; false while "
        "the account looks taken over.",
        producer=_DECISIONS,
    )
    taken_over: bool | None = fact(
        "Payout and device changed together within 14 days on an account of 90 days or more.", producer=_DECISIONS
    )
