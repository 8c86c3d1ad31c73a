"""How long the command line takes to start, as a multiple of ``python -c "import click"``.

python -m benchmarks.startup
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

CLOSED, OPENED = "KSS-2025-0001", "KSS-2025-0002"
CLIENT = Path(__file__).parents[1] / "examples" / "case-s" / "client.yaml"
START = "from casework_flow.cli import main; main()"


ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""As of an installation, whose modules are compiled; else each start would compile them anew."""


def run(folder: Path, *words: str) -> None:
    """Run Python in ``folder``."""
    command = [sys.executable, "-c", *words]
    subprocess.run(command, check=True, capture_output=True, cwd=folder, env=ENVIRONMENT)  # noqa: S603


def main() -> None:
    """Print the table."""
    folder = Path(tempfile.mkdtemp(prefix="casework-bench-")) / "demo"
    run(Path(), START, "demo", str(folder))
    run(folder, START, "open", "pkh-economic", "--client", str(CLIENT), "--as", "rina", "--at", "2025-06-02")
    commands = {
        'python -c "import click"': ["import click"],
        "casework --help": [START, "--help"],
        "casework list": [START, "list"],
        "casework status, of a closed case": [START, "status", CLOSED],
        "casework status, of an open one": [START, "status", OPENED],
        "casework status --json": [START, "status", OPENED, "--json"],
    }
    spent: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(15):
        for name, words in commands.items():
            begun = time.perf_counter()
            run(folder, *words)
            spent[name].append(time.perf_counter() - begun)
    least = median(spent['python -c "import click"'])
    print("| command | ms | times import click |\n|---|---|---|")  # noqa: T201
    for name, found in spent.items():
        print(f"| {name} | {median(found) * 1e3:.0f} | {median(found) / least:.1f} |")  # noqa: T201


if __name__ == "__main__":
    main()
