"""What "reviewed, benign" answers for. Pure.

A person has looked at this very content and found nothing in it. Whatever else is asked of the same content is then
asked in vain, until it changes: another revision is other content. What hangs on others than the content stays open: a
recording that comes back under other names, a sender who turns out to be a farm. And nothing that would hold or block
is answered by it, as a registered recording or a banned payout is no matter of taste.
"""

from schemas.verdict import Action, CaseScope


def answered(scope: CaseScope | None, action: Action) -> bool:
    """Whether a question about content that was reviewed as benign is answered; without a scope it is on the track."""
    return scope in (None, CaseScope.TRACK, CaseScope.RELEASE) and action.rank <= Action.QUEUE.rank
