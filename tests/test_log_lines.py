"""The log is written beside the work: complete, in order, and at once where something is wrong."""

import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest

from bot.log_lines import Lines


@pytest.fixture
def log(tmp_path: Path) -> Iterator[logging.Logger]:
    """Into a file named `log`."""
    with (tmp_path / "log").open("w", encoding="utf-8") as stream:
        logger = logging.Logger("of this test")
        logger.addHandler(Lines(stream))
        yield logger
        logger.handlers[0].close()


def written(folder: Path) -> list[str]:
    return (folder / "log").read_text(encoding="utf-8").splitlines()


def test_a_warning_is_written_at_once_behind_what_was_said_before(
    log: logging.Logger, tmp_path: Path
) -> None:
    log.info("first")
    log.info("second")
    log.warning("third")

    assert written(tmp_path) == ["first", "second", "third"]


def test_lines_that_tell_of_nothing_wrong_are_written_soon(log: logging.Logger, tmp_path: Path) -> None:
    log.info("a line")

    for _ in range(1000):
        if written(tmp_path):
            break
        threading.Event().wait(0.01)
    assert written(tmp_path) == ["a line"]


def test_no_line_of_many_threads_is_lost_or_mixed_up(log: logging.Logger, tmp_path: Path) -> None:
    def talk(name: int) -> None:
        for number in range(300):
            (log.warning if number % 50 == 0 else log.info)("%s %s", name, number)

    threads = [threading.Thread(target=talk, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log.handlers[0].flush()

    lines = [line.split() for line in written(tmp_path)]
    for name in range(8):
        assert [number for who, number in lines if who == str(name)] == [str(number) for number in range(300)]


def test_the_last_lines_of_a_process_are_written() -> None:
    program = "import logging, bot.logs; bot.logs.set_up(); logging.getLogger('x').info('the last one')"

    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stderr

    assert told.endswith("the last one\n")


def test_a_stream_that_is_gone_ends_nothing(tmp_path: Path) -> None:
    stream: TextIO = (tmp_path / "log").open("w", encoding="utf-8")
    logger = logging.Logger("of this test")
    logger.addHandler(Lines(stream))
    stream.close()

    logger.info("said to nobody")
    logger.handlers[0].close()
