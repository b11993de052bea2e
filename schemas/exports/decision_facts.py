"""What a decision rests on, in words without personal data: for statements of reasons and notices."""

from schemas.review import ReasonCode

_FACTS: dict[ReasonCode, str] = {
    ReasonCode.AI_CONFIRMED: "traces of AI generation were found in the sound or in the file, and a person confirmed "
    "them",
    ReasonCode.AI_NOT_CONFIRMED: "suspected AI generation was not confirmed",
    ReasonCode.DECLARATION_CORRECTED: "the declaration of AI use did not agree with what was found",
    ReasonCode.DUPLICATE_CONFIRMED: "the recording had been delivered before under another name or ISRC",
    ReasonCode.LICENSED_OR_OWN_RECORDING: "the repeated recording is licensed or the deliverer's own",
    ReasonCode.SPAM_CONFIRMED: "the delivery was part of bulk or manipulative uploading",
    ReasonCode.NOT_SPAM: "suspected bulk or manipulative uploading was not confirmed",
    ReasonCode.IMPERSONATION_CONFIRMED: "the delivery used the name, profile or voice of somebody else without "
    "permission",
    ReasonCode.NO_IMPERSONATION: "suspected impersonation was not confirmed",
    ReasonCode.METADATA_MISLEADING: "titles, names or identifiers misled about the recording",
    ReasonCode.METADATA_IN_ORDER: "titles, names and identifiers were found to be in order",
    ReasonCode.REVIEWED_BENIGN: "nothing objectionable was found",
    ReasonCode.OTHER: "the delivery did not agree with the clause that is named",
}


def facts_of(reason: ReasonCode, tracks: int) -> str:
    """One sentence: how many recordings, and what was found. No names, titles or accounts."""
    recordings = "one recording" if tracks == 1 else f"{tracks:,} recordings"
    return f"On {recordings}: {_FACTS[reason]}."
