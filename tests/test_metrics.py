"""What is measured is true: read from the database for all processes, or counted by this one."""

import threading
from collections.abc import Iterator
from pathlib import Path

import databases
import pytest
import urllib3
from conftest import Clock, Service
from flask import Flask
from fleet import Fleet, wait_until
from ports import free_port
from prometheus_client.parser import text_string_to_metric_families
from sqlmodel import select

from bot import metrics
from bot.app import create_app
from bot.jobs import counted, quota_job
from bot.line.client import LineClient
from bot.scheduler import Job
from conversation.events import CounselorReplied, CounselorResolved, CounselorTook
from conversation.model import Outcome
from storage import heartbeats, inbox, outbox
from storage.database import Database
from storage.tables import OutboxRow

ON_BOTH = True
Sample = dict[tuple[str, str], float]


def shown(service: Service) -> Sample:
    """Each number by its name and its labels' values."""
    text = metrics.text(service.program.database, service.clock).decode()
    return {
        (one.name, ",".join(one.labels.values())): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


def test_without_the_setting_nothing_is_shown(service: Service) -> None:
    assert service.program.webhook_app().test_client().get("/metrics").status_code == 404


def test_with_it_any_prometheus_can_read_it(service: Service) -> None:
    app = metrics_app(service)

    answer = app.test_client().get("/metrics")

    assert answer.content_type.startswith("text/plain; version=0.0.4")
    assert any(text_string_to_metric_families(answer.text))


def metrics_app(service: Service) -> Flask:
    return create_app(
        service.program.database,
        channel_secret="secret",
        digest_key=b"key",
        clock=service.clock,
        shows_metrics=True,
    )


def test_who_waits_is_counted_by_urgency_until_somebody_takes_it(service: Service, clock: Clock) -> None:
    phone = service.phone()
    for words in ("人と話したい", "はい"):
        phone.say(words)
        service.settle()
    clock.forward(minutes=7)
    waiting = shown(service)

    service.happen(CounselorTook("sato"))

    assert waiting["tsunagu_queue_length", "normal"] == 1
    assert waiting["tsunagu_queue_length", "crisis"] == 0
    assert waiting["tsunagu_queue_oldest_wait_seconds", "normal"] == 420
    assert shown(service)["tsunagu_queue_length", "normal"] == 0


def test_an_event_that_lies_there_makes_lag(service: Service, clock: Clock) -> None:
    service.phone().say("一時保育どこ")
    clock.forward(seconds=30)
    before = shown(service)
    service.settle()
    after = shown(service)

    assert (before["tsunagu_inbox_events", "open"], before["tsunagu_inbox_lag_seconds", ""]) == (1, 30)
    assert (after["tsunagu_inbox_events", "open"], after["tsunagu_inbox_lag_seconds", ""]) == (0, 0)


def test_a_parked_event_is_counted(service: Service) -> None:
    service.phone().say("一時保育どこ")
    with service.program.database.write() as session:
        row = inbox.claim(session, service.clock())
        assert row
        for _ in range(5):
            inbox.failed(session, row.id, "ValueError", service.clock())

    assert shown(service)["tsunagu_inbox_events", "parked"] == 1


@pytest.mark.parametrize("state", ["queued", "sending", "held", "failed", "unknown"])
def test_what_is_not_sent_is_counted_by_state(state: str, service: Service) -> None:
    service.phone().say("一時保育どこ")
    service.worker.steps["intake"].step()
    with service.program.database.write() as session:
        row = session.exec(select(OutboxRow)).one()
        row.state = state
        session.add(row)

    found = shown(service)

    assert {
        name: found["tsunagu_outbox_messages", name] for name in ("queued", "sending", "held", "failed")
    } == {name: int(name == state) for name in ("queued", "sending", "held", "failed")}
    assert found["tsunagu_outbox_messages", "unknown"] == int(state == "unknown")


def test_what_was_blocked_needs_nobody(service: Service) -> None:
    service.phone().say("一時保育どこ")
    service.worker.steps["intake"].step()
    with service.program.database.write() as session:
        outbox.stop(session, service.conversation_id())
        for row in session.exec(select(OutboxRow)):
            row.body = b""
            session.add(row)

    assert shown(service)["tsunagu_outbox_messages", "failed"] == 0


def test_a_webhook_request_a_decision_and_a_delivery_are_counted(service: Service) -> None:
    before = shown(service)
    service.phone().say("一時保育どこ")
    service.settle()
    after = shown(service)

    def more(name: str, label: str) -> float:
        return after.get((name, label), 0) - before.get((name, label), 0)

    assert more("tsunagu_webhook_requests_total", "200") == 1
    assert more("tsunagu_decide_seconds_count", "ParentWrote") == 1
    assert more("tsunagu_event_wait_seconds_count", "") == 1
    assert more("tsunagu_deliveries_total", "sent") == 1


def test_whether_a_consultation_helped_is_counted(service: Service) -> None:
    name = ("tsunagu_consultations_helped_total", "no")
    before = shown(service).get(name, 0)
    phone = service.phone()
    for text in ("相談員と話す", "はい"):
        phone.say(text)
        service.settle()
    for event in (
        CounselorTook("sato"),
        CounselorReplied("sato", "こんにちは"),
        CounselorResolved("sato", Outcome.ANSWERED),
    ):
        service.happen(event)
    service.settle()

    phone.say("まだ困っている")
    service.settle()

    assert shown(service)[name] == before + 1


def test_a_refused_request_is_counted_by_its_status(service: Service) -> None:
    before = shown(service).get(("tsunagu_webhook_requests_total", "401"), 0)

    service.program.webhook_app().test_client().post("/line/webhook", data=b"{}")

    assert shown(service)["tsunagu_webhook_requests_total", "401"] == before + 1


def test_jobs_are_counted_by_how_they_ended_from_many_processes(service: Service) -> None:
    database, now = service.program.database, service.clock()

    def fail(_now: object) -> None:
        raise ValueError

    done, failing = (
        counted(database, Job("sweep", None, run))  # type: ignore[arg-type]
        for run in (lambda _now: None, fail)
    )
    threads = [threading.Thread(target=done.run, args=(now,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with pytest.raises(ValueError):  # noqa: PT011  the job's own
        failing.run(now)

    found = shown(service)

    assert found["tsunagu_job_runs_total", "sweep,done"] == 8
    assert found["tsunagu_job_runs_total", "sweep,failed"] == 1
    assert found["tsunagu_job_last_run_timestamp_seconds", "sweep,failed"] == now.timestamp()


@pytest.fixture
def client(line_host: str, service: Service) -> Iterator[LineClient]:
    client = LineClient(line_host, service.program.settings.line_channel_access_token)
    yield client
    client.close()


def test_the_months_messages_are_those_that_line_counts(service: Service, client: LineClient) -> None:
    service.platform.quota = 200
    job = quota_job(service.program.database, "line", client.quota)

    job.run(service.clock())

    found = shown(service)
    assert (found["tsunagu_quota_used", "line"], found["tsunagu_quota_limit", "line"]) == (0, 200)


def test_where_there_is_no_limit_none_is_shown(service: Service, client: LineClient) -> None:
    service.platform.quota = None
    quota_job(service.program.database, "line", client.quota).run(service.clock())

    assert ("tsunagu_quota_limit", "line") not in shown(service)


def test_loops_show_how_long_they_have_been_silent_and_whether_they_stand_still(
    service: Service, clock: Clock
) -> None:
    with service.program.database.write() as session:
        heartbeats.beat(session, "intake-loop", clock())
        heartbeats.beat(session, "delivery", clock(), stopped_by="line_401")
    clock.forward(seconds=90)

    found = shown(service)

    assert found["tsunagu_heartbeat_age_seconds", "intake-loop"] == 90
    assert (found["tsunagu_loop_stopped", "intake-loop"], found["tsunagu_loop_stopped", "delivery"]) == (0, 1)


@pytest.mark.parametrize("switch", ["0", "1"])
def test_a_worker_shows_its_own_counts_only_with_the_setting(switch: str, tmp_path: Path) -> None:
    fleet = Fleet(tmp_path, databases.empty_postgresql(), "http://127.0.0.1:9")
    fleet.environment["METRICS"] = switch
    worker = fleet.worker(metrics_port=free_port())

    wait_until(lambda: "elected" in fleet.log)  # it is up
    shown = urllib3.request("GET", f"http://127.0.0.1:{worker.port}/metrics").data if worker.answers else b""
    fleet.close()

    assert (b"tsunagu_decide_seconds" in shown) == (switch == "1")
    assert b"tsunagu_queue_length" not in shown  # nobody shall add it up


def test_a_database_that_is_away_is_said_and_breaks_no_scrape(clock: Clock) -> None:
    database = Database("postgresql+psycopg://nobody@127.0.0.1:9/nothing")

    text = metrics.text(database, clock).decode()
    database.close()

    assert "tsunagu_database_up 0.0" in text
    assert "tsunagu_webhook_requests" in text
