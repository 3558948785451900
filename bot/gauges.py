"""What the database knows, as gauges: read at each scrape, the same whichever process is asked."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from storage.database import Database
from storage.views.metrics import Measured, measure


class Gauges(Collector):
    """One look at the database. Where it is away, that is all there is to say."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database, self._clock = database, clock

    def describe(self) -> Iterator[Metric]:
        return iter(())

    def collect(self) -> Iterator[Metric]:
        try:
            with self._database.read() as session:
                measured = measure(session)
        except SQLAlchemyError:
            yield _gauge("database_up", "Whether the database answers.", 0)
            return
        yield _gauge("database_up", "Whether the database answers.", 1)
        yield from _queues(measured, self._clock())
        yield from _signs_of_life(measured, self._clock())
        yield from _jobs(measured)
        yield from _quota(measured)
        yield _labelled(
            "alerts", "Alerts outside the console that are not sent yet, by state.", "state", measured.alerts
        )
        yield _gauge("ruleset_version", "The newest published version of the rules.", measured.ruleset)


def _queues(measured: Measured, now: datetime) -> Iterator[Metric]:
    queue = measured.queue
    yield _labelled(
        "queue_length",
        "Threads that no counselor has taken.",
        "kind",
        {kind: one.count for kind, one in queue.items()},
    )
    yield _labelled(
        "queue_oldest_wait_seconds",
        "How long the longest waiting of them has waited.",
        "kind",
        {kind: _age(one.since, now) for kind, one in queue.items()},
    )
    events = {"open": measured.inbox_open, "parked": measured.inbox_parked}
    yield _labelled(
        "inbox_events", "Events that are not handled: open, or parked after failing.", "state", events
    )
    yield _gauge("inbox_lag_seconds", "Age of the oldest open event.", _age(measured.inbox_oldest, now))
    yield _labelled("outbox_messages", "Answers that are not sent, by state.", "state", measured.outbox)
    yield _gauge(
        "outbox_lag_seconds",
        "Age of the oldest answer that is still to be sent.",
        _age(measured.outbox_oldest, now),
    )


def _signs_of_life(measured: Measured, now: datetime) -> Iterator[Metric]:
    ages = {name: _age(beat.at, now) for name, beat in measured.beats.items()}
    yield _labelled("heartbeat_age_seconds", "Since the last sign of life, by loop.", "loop", ages)
    stopped = {name: int(bool(beat.stopped_by)) for name, beat in measured.beats.items()}
    yield _labelled(
        "loop_stopped", "1 where a loop cannot work: LINE refuses the access token.", "loop", stopped
    )


def _jobs(measured: Measured) -> Iterator[Metric]:
    # Not "job": that is Prometheus's own label.
    runs = CounterMetricFamily(
        "tsunagu_job_runs", "Runs of the jobs by the clock, in all processes.", labels=["name", "outcome"]
    )
    last = GaugeMetricFamily(
        "tsunagu_job_last_run_timestamp_seconds", "When a job last ended so.", labels=["name", "outcome"]
    )
    for row in measured.job_runs:
        runs.add_metric([row.job, row.outcome], row.count)
        last.add_metric([row.job, row.outcome], row.last_at.timestamp())
    yield from (runs, last)


def _quota(measured: Measured) -> Iterator[Metric]:
    """Without a limit there is no limit to show."""
    used = {row.channel: row.used for row in measured.quotas}
    most = {row.channel: row.most for row in measured.quotas if row.most is not None}
    yield _labelled("quota_used", "Counted messages of this month, by LINE's count.", "channel", used)
    yield _labelled("quota_limit", "Messages that the plan allows in a month.", "channel", most)


def _age(moment: datetime | None, now: datetime) -> float:
    return max((now - moment).total_seconds(), 0) if moment else 0


def _gauge(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(f"tsunagu_{name}", says, value=value)


def _labelled(name: str, says: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(f"tsunagu_{name}", says, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family
