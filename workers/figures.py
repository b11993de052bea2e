"""Figures of the worker role for Prometheus: how long stages take, what verdicts come out, what goes wrong.

The pool's processes write into files of one folder (Prometheus' multi-process mode) and the role's parent answers for
all of them, so that one address shows one worker. Without a port nobody listens, and the figures stay where they are.
"""

from prometheus_client import CollectorRegistry, Counter, Histogram, start_http_server

_STAGE_BUCKETS_S = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
_WAIT_BUCKETS_S = (0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 1800.0, 7200.0, 86_400.0)

JOB_SECONDS = Histogram(
    "earmark_job_seconds",
    "Time of one attempt at a job, by how it ended.",
    ("kind", "outcome"),
    buckets=_STAGE_BUCKETS_S,
)
WAIT_SECONDS = Histogram(
    "earmark_job_wait_seconds",
    "Time from a job's being due to its being taken.",
    ("kind", "lane"),
    buckets=_WAIT_BUCKETS_S,
)
STAGE_SECONDS = Histogram(
    "earmark_stage_seconds", "Time of the stages of analysing one file.", ("stage",), buckets=_STAGE_BUCKETS_S
)
ERRORS = Counter("earmark_job_errors", "Attempts that ended in an error, by its type.", ("kind", "error"))
VERDICTS = Counter("earmark_verdicts", "Verdicts that were new or changed, by action.", ("action",))
LABELS = Counter("earmark_labels", "Labels in verdicts that were new or changed.", ("label",))
UNREADABLE = Counter("earmark_unreadable", "Files that could not be read, by reason.", ("reason",))
WEBHOOKS = Counter("earmark_webhook_messages", "Webhook messages, by what came of the attempt.", ("outcome",))


def listen(host: str, port: int) -> None:
    """Answer for all processes of the role. Raises ``OSError`` where the port is taken."""
    from prometheus_client.multiprocess import MultiProcessCollector

    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    start_http_server(port, addr=host, registry=registry)
