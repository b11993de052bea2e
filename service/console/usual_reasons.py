"""The reason that usually goes with an action, by the family of the policy clause: what the digit keys fill in.

A proposal and no more: the reviewer sees it before deciding and changes it with ``r``.
"""

from schemas.review import ReasonCode as Code

USUAL_REASONS: dict[str, tuple[Code, Code]] = {
    "AI": (Code.AI_NOT_CONFIRMED, Code.AI_CONFIRMED),
    "DUP": (Code.LICENSED_OR_OWN_RECORDING, Code.DUPLICATE_CONFIRMED),
    "RIGHTS": (Code.LICENSED_OR_OWN_RECORDING, Code.DUPLICATE_CONFIRMED),
    "META": (Code.METADATA_IN_ORDER, Code.METADATA_MISLEADING),
    "ACCT": (Code.REVIEWED_BENIGN, Code.OTHER),
    "IMP": (Code.NO_IMPERSONATION, Code.IMPERSONATION_CONFIRMED),
    "QUALITY": (Code.REVIEWED_BENIGN, Code.AI_CONFIRMED),
    "": (Code.NOT_SPAM, Code.SPAM_CONFIRMED),
}
"""By the clause's letters: the reason for ``none`` and the one for everything stronger; the last for all others."""
