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


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        (json.dumps({"dependencies": [SOUND]}), 0, "1 audited"),
        (json.dumps({"dependencies": [SOUND, HOLED]}), 1, "flask 0.1: CVE-1"),
        (json.dumps({"dependencies": [UNKNOWN]}), 0, "1 NOT audited"),
        ("", 0, "NOT audited: the list"),
    ],
)
def test_only_a_known_vulnerability_fails(answer: str, code: int, said: str, tmp_path: Path) -> None:
    (tmp_path / "answer").write_text(answer, encoding="utf-8")
    auditor = tmp_path / "pip-audit"
    auditor.write_text(
        f'#!/bin/bash\nwhile [ "$1" != --output ]; do shift; done\ncat {tmp_path}/answer > "$2"\n',
        encoding="utf-8",
    )
    auditor.chmod(0o755)

    ran = subprocess.run(
        [ROOT / ".ci" / "audit"],
        env={**os.environ, "PIP_AUDIT": str(auditor)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == code
    assert said in ran.stdout
