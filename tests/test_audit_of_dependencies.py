"""What .ci/audit makes of pip-audit's answers."""

import json
import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOUND = {"name": "flask", "version": "3.1", "vulns": []}
HOLED = {"name": "flask", "version": "0.1", "vulns": [{"id": "CVE-1"}]}
UNKNOWN = {"name": "flask", "skip_reason": "not found"}


def audited(tmp_path: Path, answer: str, code: int, complaint: str = "") -> subprocess.CompletedProcess[str]:
    """A run of .ci/audit with an auditor that answers, complains and ends so."""
    (tmp_path / "answer").write_text(answer, encoding="utf-8")
    (tmp_path / "complaint").write_text(complaint, encoding="utf-8")
    auditor = tmp_path / "pip-audit"
    auditor.write_text(
        '#!/bin/bash\nwhile [ "$1" != --output ]; do shift; done\n'
        f'cat {tmp_path}/answer > "$2"\ncat {tmp_path}/complaint >&2\nexit {code}\n',
        encoding="utf-8",
    )
    auditor.chmod(0o755)
    return subprocess.run(
        [ROOT / ".ci" / "audit"],
        env={**os.environ, "PIP_AUDIT": str(auditor)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("dependencies", "ended", "code", "said"),
    [
        ([SOUND], 0, 0, "1 audited"),
        ([SOUND, UNKNOWN], 0, 0, "1 NOT audited"),
        ([SOUND, HOLED], 1, 1, "flask 0.1: CVE-1"),
        ([UNKNOWN], 0, 0, "NOTHING WAS AUDITED"),
        ([], 0, 0, "NOTHING WAS AUDITED"),
    ],
)
def test_a_known_vulnerability_fails_and_what_was_not_looked_at_is_said(
    dependencies: list[object], ended: int, code: int, said: str, tmp_path: Path
) -> None:
    ran = audited(tmp_path, json.dumps({"dependencies": dependencies}), ended)

    assert ran.returncode == code
    assert said in ran.stdout


@pytest.mark.parametrize(
    ("ended", "complaint"),
    [
        (1, "ERROR:pip_audit._cli:Tip: your network may be blocking this service. Try another"),
        (1, "Traceback (most recent call last):\nrequests.exceptions.ConnectionError: no route"),
        (124, ""),
    ],
)
def test_a_list_that_cannot_be_reached_is_a_warning(ended: int, complaint: str, tmp_path: Path) -> None:
    ran = audited(tmp_path, "", ended, complaint)

    assert ran.returncode == 0
    assert "WARNING: requirements.lock: NOT audited" in ran.stdout


@pytest.mark.parametrize(
    ("answer", "ended", "complaint"),
    [
        ("", 2, "pip-audit: error: unrecognized arguments: --bogus"),
        ("", 1, "Traceback (most recent call last):\nKeyError: 'vulns'"),
        ("", 127, "no such file"),
        ("", 0, ""),
        (json.dumps({"dependencies": [SOUND]}), 139, "segmentation fault"),
    ],
)
def test_an_auditor_that_fails_is_a_failure(answer: str, ended: int, complaint: str, tmp_path: Path) -> None:
    ran = audited(tmp_path, answer, ended, complaint)

    assert ran.returncode == 1
    assert complaint in ran.stderr
