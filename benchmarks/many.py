"""``advance_many``: a hundred cases in one commit beside one commit for each.

python -m benchmarks.many
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / "tests")]

from postgres import Postgres, server  # noqa: E402  # the tests' own server

from benchmarks.engine import databases  # noqa: E402
from benchmarks.lives import CLIENT, Ours  # noqa: E402
from casework_flow import Casework  # noqa: E402

CASES = 100
ROUNDS = 4


def each(cw: Casework, numbers: list[str]) -> None:
    """One commit for each case."""
    for number in numbers:
        cw.advance(number, by="rina")


def spent(work: Callable[[], object]) -> float:
    """Seconds."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def main() -> None:
    """Print the table."""
    print("| database | single, transitions/s | 100 a commit, transitions/s | times |\n|---|---|---|---|")  # noqa: T201
    with server() as uri:
        for kind, make in databases(Postgres(uri)).items():
            ours = Ours(make())
            cw = ours.casework
            numbers = [cw.open("bench", client=CLIENT, by="rina").number for _ in range(CASES)]
            single = [spent(partial(each, cw, numbers)) for _ in range(ROUNDS)]
            numbers = [cw.open("bench", client=CLIENT, by="rina").number for _ in range(CASES)]
            many = [spent(partial(cw.advance_many, numbers, by="rina")) for _ in range(ROUNDS)]
            one, all_ = CASES / min(single), CASES / min(many)
            print(f"| {kind} | {one:.0f} | {all_:.0f} | {all_ / one:.1f} |")  # noqa: T201
            ours.close()


if __name__ == "__main__":
    main()
