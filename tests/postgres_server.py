"""A PostgreSQL server of the tests' own, from the installed binaries: on loopback, in a temporary folder, gone afterwards.

Its disk may lie (fsync off) unless a test asks for the truth: what is tested is our program, not PostgreSQL.
"""

import atexit
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from ports import free_port

PATIENCE = 120.0  # seconds
HOW_TO_GET_IT = (
    "PostgreSQL is missing: apt install postgresql (the tests start a server of their own), or set "
    "TEST_POSTGRES_URL=postgresql+psycopg://user:password@127.0.0.1/database"
)
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
UNPRIVILEGED = ("postgres", "nobody")  # PostgreSQL refuses to run as root


def binaries() -> Path | None:
    """Where initdb and postgres are: on the path, or where Debian puts the newest."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True
    )
    return next((folder for folder in folders if (folder / "postgres").exists()), None)


class Server:
    """`url` is the address of its empty database. Stops with the tests, even where nobody stops it."""

    def __init__(self, *, settings: tuple[str, ...] = FAST, initdb: tuple[str, ...] = ()) -> None:
        folder = binaries()
        assert folder is not None, HOW_TO_GET_IT
        self._binaries = folder
        self._settings = settings
        self._home = Path(tempfile.mkdtemp(prefix="tsunagu-postgres-"))
        self._user = _unprivileged()
        if self._user:
            shutil.chown(self._home, self._user)
        self.port = free_port()
        self.url = f"postgresql+psycopg://tests@127.0.0.1:{self.port}/postgres"
        self._process: subprocess.Popen[bytes] | None = None
        self._make(initdb)
        self.start()
        atexit.register(self.remove)
        _end_orderly()

    def start(self) -> None:
        options = [
            f"port={self.port}",
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            *self._settings,
        ]
        options += ["max_connections=200", "logging_collector=off"]
        arguments = [part for option in options for part in ("-c", option)]
        with (self._home / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._binaries / "postgres", "-D", self._home / "data", *arguments],
                user=self._user,
                cwd=self._home,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the tests, which then stop it
            )
        deadline = time.monotonic() + PATIENCE
        while self._call("pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)):
            assert self._process.poll() is None, (self._home / "log").read_text()
            assert time.monotonic() < deadline, "PostgreSQL does not start"
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT: every session is cut off at once. SIGQUIT: as in a power cut."""
        if self._process:
            self._process.send_signal(how)
            self._process.wait(PATIENCE)
            self._process = None

    def limit_files(self, size: int) -> None:
        """No file of its grows beyond so many bytes (-1: any size), in no session that there is or will be."""
        assert self._process is not None
        first = self._process.pid
        sessions = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        for process in (str(first), *sessions):  # who owns a process may limit it
            self._call_found("prlimit", "--pid", process, f"--fsize={size}:")

    def remove(self) -> None:
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self._home, ignore_errors=True)

    def _make(self, options: tuple[str, ...]) -> None:
        failed = self._call(
            "initdb",
            "-D",
            "data",
            "-U",
            "tests",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
            *options,
        )
        assert not failed, "initdb failed"

    def _call_found(self, *command: str) -> None:
        subprocess.call(command, user=self._user, cwd=self._home, stderr=subprocess.DEVNULL)

    def _call(self, program: str, *arguments: str) -> int:
        return subprocess.call(
            [self._binaries / program, *arguments],
            user=self._user,
            cwd=self._home,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def _end_orderly() -> None:
    """SIGTERM would end us without what is registered for the end."""
    if (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    ):
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


def _unprivileged() -> str | None:
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in UNPRIVILEGED if name in known)
