"""How long the command line takes to start, as a multiple of ``python -c "import click"``.

python -m benchmarks.startup
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

CASE = "KSS-2025-0001"
START = "from casework_flow.cli import main; main()"


def main() -> None:
    """Print the table."""
    folder = Path(tempfile.mkdtemp(prefix="casework-bench-")) / "demo"
    subprocess.run([sys.executable, "-c", START, "demo", str(folder)], check=True, capture_output=True)  # noqa: S603
    commands = {
        'python -c "import click"': ["import click"],
        "casework --help": [START, "--help"],
        "casework list": [START, "list"],
        "casework status": [START, "status", CASE],
    }
    spent: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(15):
        for name, words in commands.items():
            begun = time.perf_counter()
            subprocess.run([sys.executable, "-c", *words], check=True, capture_output=True, cwd=folder)  # noqa: S603
            spent[name].append(time.perf_counter() - begun)
    least = median(spent['python -c "import click"'])
    print("| command | ms | times import click |\n|---|---|---|")  # noqa: T201
    for name, found in spent.items():
        print(f"| {name} | {median(found) * 1e3:.0f} | {median(found) / least:.1f} |")  # noqa: T201


if __name__ == "__main__":
    main()
