"""Metrics for Prometheus: numbers only, never a text, name or chat.

It has its own registry, so that two bots in one process do not mix.
"""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest


class Metrics:
    """The metrics of one bot."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.updates = Counter(
            "checkin_updates_total", "Updates taken in.", registry=self._registry
        )
        self.batch = Histogram(
            "checkin_batch_seconds",
            "Time to load, walk and commit what had arrived together.",
            registry=self._registry,
            buckets=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10),
        )
        self.replies = Counter(
            "checkin_replies_total", "Replies, by outcome.", ["outcome"], registry=self._registry
        )
        self.limited = Counter(
            "checkin_limited_total",
            "Updates of a flood that were looked at no further.",
            registry=self._registry,
        )
        self.database_away = Counter(
            "checkin_database_away_total",
            "Times the database could not be reached.",
            registry=self._registry,
        )

        self.unheard = Counter(
            "checkin_alerts_unheard_total",
            "Times an alert was due and no worker could be reached.",
            registry=self._registry,
        )
        self.job_failures = Counter(
            "checkin_job_failures_total",
            "Rounds of a job that failed.",
            ["job"],
            registry=self._registry,
        )
        self._job_age = Gauge(
            "checkin_job_age_seconds",
            "Seconds since a job last succeeded.",
            ["job"],
            registry=self._registry,
        )

    def clock(self, off: Callable[[], float]) -> None:
        """Exposes from now on by how much the wall clock is off."""
        gauge = Gauge(
            "checkin_clock_off_seconds",
            "Seconds by which the wall clock is off; nought when it is not.",
            registry=self._registry,
        )
        gauge.set_function(off)

    def job(self, name: str, age: Callable[[], float]) -> None:
        """Exposes a job from now on; `age` returns the seconds since its last success."""
        self.job_failures.labels(name)
        self._job_age.labels(name).set_function(age)

    def page(self) -> bytes:
        """The metrics in Prometheus' text format."""
        return generate_latest(self._registry)
