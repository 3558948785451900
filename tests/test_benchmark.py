import subprocess
import sys
from pathlib import Path

BENCHMARK = Path(__file__).parent.parent / "benchmarks" / "classify.py"


def test_the_benchmark_runs_without_labelled_messages_and_without_its_peers(tmp_path):
    command = [sys.executable, BENCHMARK, "--quick", "--only", "Tsunagu", "--eval", tmp_path / "none.jsonl"]

    told = subprocess.run(command, capture_output=True, encoding="utf-8", check=True, timeout=300).stdout

    names = {line.split(" | ")[0].removeprefix("| ") for line in told.splitlines()}
    assert {"pyahocorasick scan", "Tsunagu", "beside a reload", "the rules load in < 1 s"} <= names
    assert "No accuracy" in told
