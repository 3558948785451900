"""The files for real use say what the program understands."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from bot import settings
from bot.cli import main

DEPLOY = Path(__file__).parent.parent / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
OURS = {name: service for name, service in COMPOSE["services"].items() if service["image"] == "tsunagu"}
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
PROGRAM = "/opt/tsunagu/.venv/bin/tsunagu"


def understood(arguments: list[str]) -> click.Context:
    """Parsed, not run. Raises click.UsageError."""
    command: Any = main
    context = click.Context(main)
    while isinstance(command, click.Group):
        found = command.get_command(context, arguments[0])
        assert found is not None, arguments
        command, arguments = found, arguments[1:]
    parsed: click.Context = command.make_context(command.name, arguments)
    return parsed


@pytest.mark.parametrize("name", OURS)
def test_each_container_runs_a_command_that_is_there(name: str) -> None:
    assert understood(OURS[name]["command"]) is not None


@pytest.mark.parametrize("name", OURS)
def test_each_container_has_every_setting(name: str, tmp_path: Path) -> None:
    values = {
        "database_url": "postgresql+psycopg://tsunagu:x@database/tsunagu",
        "encryption_keys": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    }
    environment = dict(OURS[name]["environment"])
    for variable, path in environment.items():
        if variable.endswith("_FILE"):
            secret = Path(path).name
            assert secret in OURS[name]["secrets"]
            (tmp_path / secret).write_text(values.get(secret, "x" * 32), encoding="utf-8")
            environment[variable] = str(tmp_path / secret)
        elif path.startswith("${"):  # compose takes it from its own environment, or does not start
            environment[variable] = "none"

    assert settings.read(environment, serving=True).database_url == values["database_url"]


def test_the_database_and_the_workers_open_no_door() -> None:
    assert [name for name, service in COMPOSE["services"].items() if "ports" in service] == ["caddy"]


def test_every_package_is_in_the_image() -> None:
    copied = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    packages = [path.parent.name for path in DEPLOY.parent.glob("*/__init__.py")]

    assert [name for name in packages if f"COPY {name} {name}\n" not in copied] == []


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: str(unit.name))
def test_each_unit_runs_a_command_that_is_there(unit: Path) -> None:
    (start,) = [
        line for line in unit.read_text(encoding="utf-8").splitlines() if line.startswith("ExecStart=")
    ]

    program, *arguments = start.removeprefix("ExecStart=").replace("%i", "1").split()

    assert program == PROGRAM
    assert understood(arguments) is not None


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is missing: apt install systemd"
)
def test_systemd_finds_no_fault_with_the_units(tmp_path: Path) -> None:
    for unit in (DEPLOY / "systemd").iterdir():
        text = (
            unit.read_text(encoding="utf-8").replace(PROGRAM, "/bin/true").replace("@.service", "@1.service")
        )
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    shutil.copy(tmp_path / "tsunagu-worker@.service", tmp_path / "tsunagu-worker@1.service")
    units = [path for path in tmp_path.iterdir() if "@." not in path.name]

    checked = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, check=False
    )

    assert (checked.returncode, [line for line in checked.stderr.splitlines() if "tsunagu" in line]) == (
        0,
        [],
    )
