"""How long the verbs about many cases take in an office with 2 000 of them, each as a command of its own.

python -m benchmarks.caseload
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from .startup import ENVIRONMENT, START

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
import caseload  # the office of the tests

BOUND = 1.0
"""Seconds that each of them may take."""
ROUNDS = 9


def commands(last: str) -> dict[str, list[str]]:
    """The verbs, on the office's last day."""
    at = ["--at", last]
    return {
        "today, of a worker": ["today", "rina", *at],
        "today, of a supervisor": ["today", "lestari", *at],
        "board": ["board", *at],
        "due --within 5d": ["due", "--within", "5d", *at],
        "approvals": ["approvals", "--as", "lestari", *at],
        "workload": ["workload", *at],
        "list --overdue": ["list", "--overdue", *at],
        "search sarma": ["search", "sarma"],
        "report, eighteen months": ["report", "--from", "2025-01-01", "--to", last],
    }


def main() -> None:
    """Print the table; the exit code is 1 where a verb takes longer than it may."""
    folder = Path(tempfile.mkdtemp(prefix="casework-bench-"))
    begun = time.perf_counter()
    office = caseload.build(folder / "office")
    print(f"{len(office.cases)} cases, made in {time.perf_counter() - begun:.0f} s")  # noqa: T201
    verbs = commands(caseload.TODAY.isoformat())
    spent: dict[str, list[float]] = {name: [] for name in verbs}
    for _ in range(ROUNDS):
        for name, words in verbs.items():
            begun = time.perf_counter()
            command = [sys.executable, "-c", START, *words, "--db", f"sqlite:///{office.database}"]
            subprocess.run(command, check=True, capture_output=True, cwd=folder, env=ENVIRONMENT)  # noqa: S603
            spent[name].append(time.perf_counter() - begun)
    print("| command | ms, median | ms, most |\n|---|---|---|")  # noqa: T201
    for name, found in spent.items():
        print(f"| `{name}` | {median(found) * 1e3:.0f} | {max(found) * 1e3:.0f} |")  # noqa: T201
    sys.exit(any(median(found) >= BOUND for found in spent.values()))


if __name__ == "__main__":
    main()
