"""Measures a transition side by side: the rounds of all engines are interleaved, and the best round of each counts.

    python -m benchmarks.engine [--documents] [--lives N] [--rounds N] [--only NAME …]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1] / "tests" / "store")]

from postgres import Postgres, server  # noqa: E402  # the tests' own server

from benchmarks import peers  # noqa: E402
from benchmarks.lives import TRANSITIONS, Hand, Ours  # noqa: E402

ENGINES: dict[str, Callable[..., Any]] = {"hand-written SQL": Hand, "casework-flow": Ours, **peers.ENGINES}


def databases(postgres: Postgres | None) -> dict[str, Callable[[], str]]:
    """How each kind of database is made anew."""

    def sqlite(durability: str) -> Callable[[], str]:
        return lambda: f"sqlite:///{tempfile.mkdtemp(prefix='casework-bench-')}/bench.db?synchronous={durability}"

    found = {"SQLite NORMAL": sqlite("normal"), "SQLite FULL": sqlite("full")}
    return {**found, "PostgreSQL": postgres.new} if postgres else found


def measure(make: Callable[[], str], names: list[str], lives: int, rounds: int, documents: bool) -> dict[str, float]:
    """Seconds for one transition of each engine: the best of the rounds."""
    engines = {name: ENGINES[name](make(), documents) for name in names}
    best: dict[str, float] = {}
    for engine in engines.values():
        engine.life()  # whatever is done once is done before
    for _ in range(rounds):
        for name, engine in engines.items():
            begun = time.perf_counter()
            for _ in range(lives):
                engine.life()
            spent = (time.perf_counter() - begun) / lives / (TRANSITIONS + 1)
            best[name] = min(spent, best.get(name, spent))
    for engine in engines.values():
        engine.close()
    return best


def main() -> None:
    """Print the tables."""
    options = argparse.ArgumentParser()
    options.add_argument("--documents", action="store_true")
    options.add_argument("--lives", type=int, default=15)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--only", nargs="*", default=list(ENGINES))
    options.add_argument("--sqlite-only", action="store_true")
    given = options.parse_args()
    names = [name for name in ENGINES if name in given.only]
    if given.documents:
        names = names[:2]  # the others write none
    if given.sqlite_only:
        show(databases(None), names, given)
        return
    with server() as uri:
        show(databases(Postgres(uri)), names, given)


def show(kinds: dict[str, Callable[[], str]], names: list[str], given: argparse.Namespace) -> None:
    """One table for each kind of database."""
    for kind, make in kinds.items():
        best = measure(make, names, given.lives, given.rounds, given.documents)
        limit = best[names[0]]
        print(f"\n{kind}{', with documents' if given.documents else ''}\n")  # noqa: T201
        print("| engine | µs a transition | transitions/s | share of hand-written |\n|---|---|---|---|")  # noqa: T201
        for name, spent in best.items():
            print(f"| {name} | {spent * 1e6:.0f} | {1 / spent:.0f} | {limit / spent:.2f} |")  # noqa: T201


if __name__ == "__main__":
    main()
