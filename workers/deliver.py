"""From a verdict to those who asked for it: the label feed."""

from sqlalchemy.orm import Session

from schemas.events import EventKind
from service.labels import track_labels
from service.store.clock import utc_now
from service.store.events import Events
from service.store.jobs import ClaimedJob, Jobs
from service.store.label_feed import LabelFeed
from service.store.labels import Labels
from service.store.tracks import Tracks
from workers.lifecycle import Context


def deliver(context: Context, job: ClaimedJob) -> None:
    """Say in the feed what a track's labels are now, if that is not what was said last.

    There is one job for a track at a time, and it looks when it runs: so the entries of a track are in order, and
    several changes at once may make one entry.
    """

    def say(session: Session) -> None:
        now = utc_now()
        track = Tracks(session).find(job.subject_id, lock=True)
        if track is not None:
            payload = track_labels(Labels(session).view(track)).model_dump(mode="json")
        Jobs(session).finish(job.id, job.token, now)
        if track is not None:
            cursor = LabelFeed(session).append(track, payload, now)
            if cursor is not None:
                said = {"labels": payload["labels"], "action": payload["action"], "cursor": str(cursor)}
                if payload["deadline"] is not None:
                    said["deadline"] = payload["deadline"]
                Events(session).append(track.id, EventKind.LABELLED, now, said)

    context.database.attempt(say)
