"""Figures for Prometheus: what this process answered, and what the ledger still has to do."""

import time
from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as CONTENT_TYPE

from service.store.jobs import Backlog
from service.store.tables.jobs import JobKind, Lane

BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Upper bounds of the latency histogram, in seconds: from a read to the upload of a long mix."""


class Metrics:
    """The figures of one application. They live in a registry of their own, so that two applications do not mix."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self._requests = Counter("earmark_http_requests", "Answered requests.", labels, registry=self._registry)
        self._seconds = Histogram(
            "earmark_http_request_seconds",
            "Time to the answer, uploads included.",
            ("method", "route"),
            buckets=BUCKETS_S,
            registry=self._registry,
        )
        self._bytes = Counter("earmark_audio_bytes", "Bytes of audio received whole.", registry=self._registry)
        self._jobs = Gauge("earmark_jobs", "Jobs in the ledger.", ("kind", "state"), registry=self._registry)
        self._oldest = Gauge(
            "earmark_oldest_due_job_seconds", "How long the oldest due job waits.", ("kind",), registry=self._registry
        )
        self._lanes = Gauge(
            "earmark_lane_oldest_due_job_seconds",
            "How long the oldest due job of a lane waits.",
            ("kind", "lane"),
            registry=self._registry,
        )
        self._braked = Gauge(
            "earmark_rules_braked", "Rules that the brake has lowered and nobody has released.", registry=self._registry
        )
        self._free = Gauge(
            "earmark_free_bytes", "Room on the disk that uploads are written to.", registry=self._registry
        )
        self._started = Gauge("earmark_start_time_seconds", "When this process started.", registry=self._registry)
        self._started.set(time.time())

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answer. ``route`` is the template, never the address: ids would make a series of each."""
        known = method if method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS") else "other"
        self._requests.labels(known, route, str(status)).inc()
        self._seconds.labels(known, route).observe(seconds)

    def received(self, size_bytes: int) -> None:
        """Count the bytes of an upload that came in whole."""
        self._bytes.inc(size_bytes)

    def render(self, backlog: Mapping[JobKind, Backlog], free_bytes: int, braked: int) -> tuple[bytes, str]:
        """The text exposition and its content type."""
        self._free.set(free_bytes)
        self._braked.set(braked)
        self._lanes.clear()
        for kind, waiting in backlog.items():
            self._jobs.labels(kind.value, "due").set(waiting.due)
            self._jobs.labels(kind.value, "running").set(waiting.running)
            self._jobs.labels(kind.value, "failed").set(waiting.failed)
            self._oldest.labels(kind.value).set(waiting.oldest_due_s)
            for lane in Lane:
                age = waiting.oldest_due_by_lane_s.get(lane.name.lower(), 0.0)
                self._lanes.labels(kind.value, lane.name.lower()).set(age)
        return generate_latest(self._registry), CONTENT_TYPE
