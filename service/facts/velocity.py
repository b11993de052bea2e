"""How fast new recordings come under one key: an account, an artist, a payout, a network.

One decayed sum a key, halved every day: no window edges, and one row however much comes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from schemas.catalogue import TrackMetadata
from schemas.facts import VelocityFacts
from service.facts.names import fold
from service.facts.senders import SenderState, network_of
from service.facts.windows import Decayed

PACE_HALF_LIFE = timedelta(days=1)


def keys_counted(metadata: TrackMetadata, sender: SenderState) -> dict[str, str]:
    """What a track is counted under, by kind; what its sender does not say is not counted."""
    found = {
        "account": sender.id,
        "parent": sender.parent,
        "artist": fold(metadata.main_artists()[0].name),
        "dpid": sender.dpid,
        "payout": sender.payout,
        "device": sender.device,
        "network": network_of(sender.ip),
    }
    return {kind: key for kind, key in found.items() if key}


@dataclass
class Velocity:
    """Decayed counts by kind and key."""

    paces: dict[tuple[str, str], Decayed] = field(default_factory=dict)

    def count(self, keys: Mapping[str, str], at: datetime, *, new: bool) -> dict[str, float]:
        """Count a recording that acceptance takes for new; the paces with it, by kind."""
        found = {}
        for kind, key in keys.items():
            pace = self.paces.get((kind, key))
            if pace is None:
                pace = self.paces[kind, key] = Decayed(PACE_HALF_LIFE)
            if new:
                pace.add(at)
            found[kind] = pace.read(at)
        return found


def velocity_facts(paces: Mapping[str, float]) -> VelocityFacts:
    return VelocityFacts(**paces)
