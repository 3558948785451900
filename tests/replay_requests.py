"""Replays recorded requests against another judge of LINE's API: python replay_requests.py RECORD URL

RECORD is what TSUNAGU_RECORD_LINE wrote during a test run; URL a mock server made from LINE's published description.
"""

import collections
import json
import sys
from pathlib import Path

import urllib3


def main(record: Path, url: str) -> int:
    """Prints how many requests were accepted, and what is wrong with the others. Returns how many those were."""
    judge = urllib3.PoolManager(retries=False)
    counts: collections.Counter[tuple[str, int]] = collections.Counter()
    seen: set[str] = set()
    wrong = 0
    for line in record.read_text(encoding="utf-8").splitlines():
        request = json.loads(line)
        if request["body"] is None or line in seen:
            continue
        seen.add(line)
        headers = {"Content-Type": "application/json", "Authorization": "Bearer judged"}
        retry_key = {key.lower(): value for key, value in request["headers"].items()}.get("x-line-retry-key")
        if retry_key:
            headers["X-Line-Retry-Key"] = retry_key
        path = request["path"][request["path"].index("/v2/") :]
        answer = judge.request(
            request["method"], url + path, body=json.dumps(request["body"]), headers=headers, timeout=60
        )
        counts[path, answer.status] += 1
        if answer.status >= 400:
            wrong += 1
            sys.stdout.write(f"{answer.status} {path} {answer.headers.get('sl-violations', '')[:600]}\n")
    for (path, status), count in sorted(counts.items()):
        sys.stdout.write(f"{count:5} × {path} → {status}\n")
    return wrong


if __name__ == "__main__":
    sys.exit(bool(main(Path(sys.argv[1]), sys.argv[2])))
