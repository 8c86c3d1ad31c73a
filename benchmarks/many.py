"""``advance_many``: a hundred cases in one commit beside one commit for each.

python -m benchmarks.many
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / "tests" / "store")]

from postgres import Postgres, server  # noqa: E402  # the tests' own server

from benchmarks.engine import databases  # noqa: E402
from benchmarks.lives import CLIENT, Ours  # noqa: E402

CASES = 100
ROUNDS = 4


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
            ours = Ours(make(), documents=False)
            cw = ours.casework
            numbers = [cw.open("bench", client=CLIENT, by="rina").number for _ in range(CASES)]
            single, many = [], []
            for _ in range(ROUNDS // 2):

                def each() -> None:
                    for number in numbers:
                        cw.advance(number, by="rina")  # noqa: B023  # called at once

                single.append(spent(each))
                many.append(spent(lambda: cw.advance_many(numbers, by="rina")))  # noqa: B023  # called at once
            one, all_ = CASES / min(single), CASES / min(many)
            print(f"| {kind} | {one:.0f} | {all_:.0f} | {all_ / one:.1f} |")  # noqa: T201
            ours.close()


if __name__ == "__main__":
    main()
