"""The world of one scenario: references and accounts, taken over into the state that live traffic uses."""

from service.facts.baselines import DEFAULT_BASELINES, Baselines, TierBaseline
from service.facts.evidence import is_functional
from service.facts.registry import ReferenceKind, ReferenceRecording, Registry
from service.facts.reputation import Reputation
from service.facts.senders import SenderState
from service.simulation.lines import AccountLine, BaselineLine, ReferenceLine

_RECORDINGS = {
    "protected_recording": ReferenceKind.PROTECTED,
    "catalogue_recording": ReferenceKind.CATALOGUE,
    "confirmed_spam_recording": ReferenceKind.CONFIRMED_SPAM,
}


def baselines_of(line: BaselineLine) -> Baselines:
    return DEFAULT_BASELINES | {
        tier: TierBaseline(given.daily_p99, given.share_30_35s, given.share_120_125s)
        for tier, given in line.tiers.items()
    }


def register(line: ReferenceLine, registry: Registry) -> None:
    """Take a reference over. Kinds that this version does not know are left out."""
    if line.kind in _RECORDINGS and line.id is not None:
        registry.add_recording(
            ReferenceRecording(
                id=line.id,
                kind=_RECORDINGS[line.kind],
                title=line.title,
                artist=line.artist,
                artist_id=line.artist_id,
                isrc=line.isrc,
                p_line=line.p_line,
                owner=line.owner,
                account=line.account,
                release_date=line.release_date,
                licensed_to=frozenset(line.licensed_to or ()),
                unmatchable=is_functional(line.noise or 0.0, line.silence_ratio or 0.0),
            )
        )
    elif line.kind == "protected_artist" and line.id is not None and line.name:
        registry.protect_artist(line.id, line.name)
    elif line.kind == "artist_key" and line.artist_id is not None and line.key_sha256 is not None:
        registry.artist_keys[line.key_sha256] = line.artist_id
    elif line.kind == "banned_payout" and line.payout_hash is not None:
        registry.banned_payouts.add(line.payout_hash)
    elif line.kind == "isrc_registrant" and line.prefix is not None and line.owner:
        registry.registrant_owner[line.prefix] = line.owner
    elif line.kind in ("chart_titles", "playlist_titles", "brand_terms"):
        registry.add_names(line.kind, [name for name in line.names or () if name])


def sender_of(line: AccountLine) -> SenderState:
    """The sender as it stood before its first upload; its daily history is taken over with that upload."""
    return SenderState(
        id=line.id,
        name=line.name,
        tier=line.tier,
        created_at=line.created_at,
        parent=line.parent_account,
        dpid=line.dpid,
        payout=line.payout_hash,
        device=line.device_hash,
        ip=line.ip,
        prior_tracks=line.prior_tracks or 0,
        links=frozenset(line.artist_links or ()),
        registrants=frozenset(line.isrc_registrants or ()),
        contracts=tuple(line.contracts or ()),
        reputation=Reputation(fine=float(line.confirmed_ok or 0), spam=float(line.confirmed_spam or 0)),
    )
