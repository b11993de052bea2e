"""What ordinary senders of a tier do: the prior for those who have no history of their own.

The defaults were measured on open catalogues and simulated senders; a scenario or a deployment brings its own.
"""

from dataclasses import dataclass

from schemas.catalogue import SenderTier


@dataclass(frozen=True, slots=True)
class TierBaseline:
    """Ordinary senders of one tier over 90 days."""

    daily_p99: float
    """New recordings on the busiest 1 % of a sender's days."""
    share_30_35s: float
    share_120_125s: float


Baselines = dict[SenderTier, TierBaseline]

DEFAULT_BASELINES: Baselines = {
    SenderTier.TRUSTED: TierBaseline(8200, 0.0008, 0.016),
    SenderTier.VERIFIED: TierBaseline(140, 0.003, 0.021),
    SenderTier.UNVERIFIED: TierBaseline(12, 0.009, 0.026),
}
