"""What one advance, ``status``, a page of ``list`` and the next due cases cost among ever more cases.

The further cases are copies of a few real ones, written row by row with ids of their own, so that a million of
them are there in minutes; every table and index has its true size.

    python -m benchmarks.growth [--sizes 1000 100000 1000000] [--postgresql]
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1] / "tests")]

from postgres import Postgres, server  # noqa: E402  # the tests' own server

from benchmarks.lives import CLIENT, Ours  # noqa: E402
from casework_flow.store.ids import new_id  # noqa: E402
from casework_flow.store.sqlite import INSERT  # noqa: E402

WORKERS = 5
BATCH = 2000


def copies(ours: Ours, start: int, end: int) -> None:
    """Fill the database up with copies of its first case, in every stage, among a few workers."""
    engine = ours.casework._store.engine
    raw = engine.raw_connection()
    cursor = raw.cursor()
    chance = random.Random(7)  # noqa: S311  # no secret
    rows = {name: _rows(cursor, name) for name in ("cases", "events", "records")}
    first = rows["cases"][0]
    mine = {
        "events": [row for row in rows["events"] if row["stream"] == first["id"]][:3],
        "records": [row for row in rows["records"] if row["case_id"] == first["id"]],
    }
    texts = {name: INSERT[name].on(ours.casework._store._database) for name in rows}
    for begin in range(start, end, BATCH):
        added: dict[str, list[Any]] = {name: [] for name in rows}
        for number in range(begin, min(begin + BATCH, end)):
            case = new_id()
            day = f"202{chance.randrange(5, 8)}-{chance.randrange(1, 13):02d}-{chance.randrange(1, 29):02d}"
            closed = chance.random() < 0.7
            told = {
                "id": case, "number": f"X-{number:07d}", "worker": f"w{number % WORKERS}", "due_on": day,
                "status": "closed" if closed else "active",
            }  # fmt: skip
            added["cases"].append(texts["cases"].values({**first, **told}))
            for event in mine["events"]:
                added["events"].append(texts["events"].values({**event, "stream": case}))
            for record in mine["records"]:
                added["records"].append(texts["records"].values({**record, "id": new_id(), "case_id": case}))
        for name, values in added.items():
            cursor.executemany(texts[name].sql, values)
        raw.commit()
    if engine.dialect.name == "postgresql":
        cursor.execute("ANALYZE")
        raw.commit()
    raw.close()


def _rows(cursor: Any, table: str) -> list[dict[str, Any]]:
    cursor.execute(f"SELECT * FROM {table} LIMIT 50")  # noqa: S608  # names of our own
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def timed(work: Callable[[], object], times: int) -> float:
    """Microseconds: the median."""
    spent = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        spent.append((time.perf_counter() - begun) * 1e6)
    return median(spent)


def figures(ours: Ours) -> Iterator[tuple[str, float]]:
    """What each verb costs now, in microseconds."""
    cw = ours.casework
    fresh = [cw.open("bench", client=CLIENT, by="rina").number for _ in range(60)]
    left = iter(fresh)
    yield "open", timed(lambda: cw.open("bench", client=CLIENT, by="rina"), 30)
    yield "advance", timed(lambda: cw.advance(next(left), by="rina"), 60)
    yield "status", timed(lambda: cw.status(fresh[30]), 60)
    yield "list, a page of 50", timed(lambda: cw.list(limit=50), 60)
    yield "next 50 due of a worker", timed(lambda: cw.next_due(worker="w3", limit=50), 60)
    yield "next 50 due of the office", timed(lambda: cw.next_due(limit=50), 60)


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser()
    options.add_argument("--sizes", type=int, nargs="*", default=[1000, 100_000, 1_000_000])
    options.add_argument("--postgresql", action="store_true")
    given = options.parse_args()
    if given.postgresql:
        with server() as uri:
            grow("PostgreSQL", Postgres(uri).new(), given.sizes)
        return
    folder = tempfile.mkdtemp(prefix="casework-bench-")
    grow("SQLite NORMAL", f"sqlite:///{folder}/bench.db?synchronous=normal", given.sizes)


def grow(kind: str, url: str, sizes: list[int]) -> None:
    """One row for each verb, one column for each size, and how much more the largest costs than the smallest."""
    ours = Ours(url)
    for number in range(WORKERS):
        ours.casework.add_staff(f"w{number}", full_name=f"Pekerja {number}", role="social_worker")
    ours.casework.open("bench", client=CLIENT, by="rina")
    found: dict[str, list[float]] = {}
    filled = 0
    for size in sizes:
        copies(ours, filled, size)
        filled = size
        for name, spent in figures(ours):
            found.setdefault(name, []).append(spent)
    heads = " | ".join(f"{size:,} cases" for size in sizes)
    print(f"\n{kind}, µs (median)\n\n| verb | {heads} | growth |\n|---|{'---|' * len(sizes)}---|")  # noqa: T201
    for name, spent in found.items():
        print(f"| {name} | {' | '.join(f'{one:.0f}' for one in spent)} | {spent[-1] / spent[0]:.2f} |")  # noqa: T201
    tracemalloc.start()
    ours.casework.list(limit=500)
    print(f"\npeak memory of a page of 500: {tracemalloc.get_traced_memory()[1] / 1e6:.1f} MB")  # noqa: T201
    ours.close()


if __name__ == "__main__":
    main()
