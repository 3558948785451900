"""Every alarm says what to do, by commands and metrics that there are."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from conftest import Service
from prometheus_client.parser import text_string_to_metric_families
from test_deploy import understood

from bot import metrics

ROOT = Path(__file__).parent.parent
ALERTS = ROOT / "deploy" / "prometheus" / "alerts.yaml"
RULES = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"][0]["rules"]
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
SECTIONS = {title.lower().replace(" ", "-") for title in re.findall(r"^## (.+)$", RUNBOOK, re.MULTILINE)}
PLACEHOLDERS = {"N": "1", "NUMBER": "1", "…": "x"}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_each_alert_has_its_section(rule: dict[str, dict[str, str]]) -> None:
    file, _, section = rule["annotations"]["runbook"].partition("#")

    assert (ROOT / file).is_file()
    assert section in SECTIONS


def test_what_alerts_ask_for_is_measured_and_what_is_measured_is_explained(service: Service) -> None:
    text = metrics.text(service.program.database, service.clock).decode()
    shown = {family.name for family in text_string_to_metric_families(text)}
    asked = {name for rule in RULES for name in re.findall(r"tsunagu_\w+", str(rule["expr"]))}
    plain = {re.sub("_(total|bucket)$", "", name) for name in asked}

    assert plain - shown == set()
    ours = {name for name in shown if name.startswith("tsunagu_")}
    assert {name for name in ours if name not in RUNBOOK} == set()


COMMANDS = sorted(set(re.findall(r"`tsunagu ([^`]+)`", RUNBOOK)) - {"serve"})


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_of_the_runbook_is_there(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for file in ("FILE", "old.yaml"):
        (tmp_path / file).touch()

    assert understood([PLACEHOLDERS.get(part, part) for part in shlex.split(command)]) is not None


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is missing: apt install prometheus")
def test_prometheus_takes_the_alerts() -> None:
    checked = subprocess.run(
        ["promtool", "check", "rules", ALERTS], capture_output=True, text=True, check=False
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr
