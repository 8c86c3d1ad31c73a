"""Measures a transition side by side: the lives of all engines take turns, and the median counts.

With ``--documents`` each transition issues a document: rendered, proved and kept with the data that it was made from.
Twice: a note of one sentence, and a contract of two pages. Both sides render the same template with the same filters,
and it is checked that the same document comes out.

python -m benchmarks.engine [--documents] [--lives N] [--only NAME …]
"""

from __future__ import annotations

import argparse
import gc
import itertools
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1] / "tests")]

from postgres import Postgres, server  # noqa: E402  # the tests' own server

from benchmarks import peers  # noqa: E402
from benchmarks.lives import DOCUMENTS, TRANSITIONS, Hand, Ours  # noqa: E402

ENGINES: dict[str, Callable[..., Any]] = {"hand-written SQL": Hand, "casework-flow": Ours, **peers.ENGINES}


def databases(postgres: Postgres | None) -> dict[str, Callable[[], str]]:
    """How each kind of database is made anew."""

    def sqlite(durability: str) -> Callable[[], str]:
        return lambda: f"sqlite:///{tempfile.mkdtemp(prefix='casework-bench-')}/bench.db?synchronous={durability}"

    found = {"SQLite NORMAL": sqlite("normal"), "SQLite FULL": sqlite("full")}
    return {**found, "PostgreSQL": postgres.new} if postgres else found


def measure(make: Callable[[], str], names: list[str], lives: int, document: str) -> dict[str, float]:
    """Seconds for one transition of each engine: the median of its lives, which take turns with the others'."""
    engines = {name: ENGINES[name](make(), document) for name in names}
    spent: dict[str, list[float]] = {name: [] for name in names}
    for engine in engines.values():
        engine.life()  # whatever is done once is done before
    if document:
        time.sleep(2)  # an office's templates are older than the last two seconds, in which a file is not yet trusted
        if len(set.union(*(engine.digests() for engine in engines.values()))) != 1:
            raise SystemExit("The engines do not issue the same document; there is nothing to compare.")
        for engine in engines.values():
            engine.life()
    gc.collect()
    gc.freeze()  # what the other engines have loaded is nobody's burden
    for _ in range(lives):
        for name, engine in engines.items():
            begun = time.perf_counter()
            engine.life()
            spent[name].append((time.perf_counter() - begun) / (TRANSITIONS + 1))
    for engine in engines.values():
        engine.close()
    return {name: median(found) for name, found in spent.items()}


def main() -> None:
    """Print the tables."""
    options = argparse.ArgumentParser()
    options.add_argument("--documents", action="store_true")
    options.add_argument("--lives", type=int, default=100)
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
    issued = DOCUMENTS if given.documents else {"": ""}
    for (kind, make), (about, document) in itertools.product(kinds.items(), issued.items()):
        best = measure(make, names, given.lives, document)
        limit = best[names[0]]
        print(f"\n{kind}{', with ' + about if about else ''}\n")  # noqa: T201
        print("| engine | µs a transition | transitions/s | share of hand-written |\n|---|---|---|---|")  # noqa: T201
        for name, spent in best.items():
            print(f"| {name} | {spent * 1e6:.0f} | {1 / spent:.0f} | {limit / spent:.2f} |")  # noqa: T201


if __name__ == "__main__":
    main()
