"""The full form: prints the summary that stands in docs/reliability.md. ``make soak``.

python tests/soak/run.py [--kills 500] [--texts 2000] [--only sqlite|postgresql|crashes|edits|texts|api …]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), *(str(Path(__file__).parents[1] / part) for part in ("", "api"))]

import breaking  # noqa: E402
import fuzzing  # noqa: E402
import hostile  # noqa: E402
import postgres  # noqa: E402
import telling  # noqa: E402

from casework_flow.errors import CaseworkError  # noqa: E402

ROOT = Path(__file__).parents[2]
PARTS = ("sqlite", "postgresql", "crashes", "edits", "texts", "api", "events")


def line(what: str, figures: str, faults: list[str]) -> None:
    """One row of the summary; the faults themselves go to standard error."""
    print(f"| {what} | {figures} | {len(faults)} |", flush=True)  # noqa: T201
    for fault in faults[:20]:
        print(f"{what}: {fault}", file=sys.stderr)  # noqa: T201


def sqlite() -> str:
    """The URL of a new SQLite database."""
    return f"sqlite:///{breaking.new_folder()}/casework.db"


def killed(kind: str, make: Callable[[], str], kills: int) -> None:
    """kill -9 of all writers."""
    found = breaking.kill(make, kills)
    words = f"{found.rounds} × kill -9 of 4 writers, {found.acknowledged} acknowledged steps, {found.events} events"
    line(f"{kind}: writers are killed", words, found.faults)


def raced(kind: str, url: str) -> None:
    """16 processes on the same cases."""
    found = breaking.race(url, processes=16, cases=20)
    words = (
        f"16 processes, {len(found.won)} transitions, each with one winner; {found.lost} told that they came second"
    )
    line(f"{kind}: a race", words, found.faults)


def told(kind: str, make: Callable[[], str], kills: int) -> None:
    """Workers that tell of events are killed; many write and tell at once."""
    found = telling.kill(make, kills)
    words = f"{found.rounds} × kill -9 of 2 workers, {found.events} events, {found.messages} messages taken"
    line(f"{kind}: workers that tell of events are killed", words, found.faults)
    found = telling.crowd(make(), lives=10)
    words = f"24 writers and 8 workers, {found.events} events, {found.messages} messages taken"
    line(f"{kind}: 32 write and tell at once", words, found.faults)


def restarted(server: postgres.Own, kills: int) -> None:
    """PostgreSQL stops at once under load and comes back, as after a crash."""
    made = postgres.Postgres(server.uri)
    found = breaking.kill(made.new, kills, disturb=server.crash)
    line(
        "PostgreSQL: the server crashes under load and restarts",
        f"{found.rounds} × pg_ctl stop -m immediate, {found.acknowledged} acknowledged steps",
        found.faults,
    )


def disk_full() -> None:
    """A file system of 2 MB fills up."""
    folder = breaking.new_folder()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], check=False)
    if mounted.returncode:
        print("| SQLite: the disk is full | needs the right to mount a tmpfs; not run | – |")  # noqa: T201
        return
    faults: list[str] = []
    files = breaking.files()
    cw = breaking.casework(f"sqlite:///{folder}/casework.db", files)
    told: dict[str, int] = {}
    refusals = 0
    for _ in range(2000):
        try:
            number = cw.open("soak", client=breaking.CLIENT, by="rina").number
            told[number] = 1
            cw.advance(number, by="rina")
            told[number] = 2
        except CaseworkError as error:
            refusals += 1
            if "full" not in str(error):
                faults.append(str(error))
            if refusals == 20:
                break
    cw.disconnect()
    subprocess.run(["mount", "-o", "remount,size=8m", str(folder)], check=True)
    cw = breaking.casework(f"sqlite:///{folder}/casework.db", files)
    faults += [f"{finding.where}: {finding.message}" for finding in cw.verify()]
    faults += [f"{number} lost" for number, events in told.items() if len(cw.history(number)) < events]
    cw.open("soak", client=breaking.CLIENT, by="rina")
    cw.disconnect()
    subprocess.run(["umount", str(folder)], check=True)
    words = f"tmpfs of 2 MB, {sum(told.values())} acknowledged steps, {refusals} clear refusals, then room again"
    line("SQLite: the disk is full", words, faults)


def edits() -> None:
    """Every cell of case S is changed, one after the other."""
    begun = time.time()
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:xdist",
            "tests/shell/test_verify.py",
            "-k",
            "any_other_value",
        ],
        cwd=ROOT,
        env={**os.environ, "CASEWORK_EXHAUSTIVE": "1"},
        check=False,
        capture_output=True,
        text=True,
    )
    faults = [] if done.returncode == 0 else done.stdout.splitlines()[-5:]
    line(
        "SQLite: every single cell is edited",
        f"every table, row and column of case S, {time.time() - begun:.0f} s",
        faults,
    )


def typed(cases: int) -> None:
    """Everything hostile in every free text of cases of every workflow, in every format."""
    begun = time.time()
    with ProcessPoolExecutor() as pool:
        found = [fault for part in pool.map(typed_some, range(0, cases, 50)) for fault in part]
    words = f"{cases} cases of {len(hostile.FLOWS)} workflows, every free text hostile, in every format"
    line("documents: hostile texts", f"{words}, {time.time() - begun:.0f} s", found)


def typed_some(first: int) -> list[str]:
    """Fifty of the cases."""
    return list(hostile.run(range(first, first + 50), pdf_each=20))


def asked(examples: int) -> None:
    """Schemathesis asks the HTTP API as a head, a supervisor and a worker."""
    begun, cases, faults = time.time(), 0, []
    for seed, who in enumerate(("head", "sup", "rina")):
        code, told, made = fuzzing.run(breaking.new_folder(), who=who, examples=examples, seed=seed)
        cases += made
        faults += [told] if code else []
    words = f"{cases} cases of schemathesis by three roles, {time.time() - begun:.0f} s"
    line("HTTP API: whatever can be sent", words, faults)


def main() -> None:
    """Everything, or what is asked for."""
    options = argparse.ArgumentParser()
    options.add_argument("--kills", type=int, default=500)
    options.add_argument("--crashes", type=int, default=25)
    options.add_argument("--texts", type=int, default=2000)
    options.add_argument("--examples", type=int, default=60)
    options.add_argument("--only", nargs="*", default=[*PARTS])
    given = options.parse_args()
    print("| what was done | how much | faults |\n|---|---|---|", flush=True)  # noqa: T201
    if "sqlite" in given.only:
        killed("SQLite", sqlite, given.kills)
        raced("SQLite", sqlite())
        disk_full()
    if "postgresql" in given.only:
        with postgres.own() as server:
            made = postgres.Postgres(server.uri)
            killed("PostgreSQL", made.new, given.kills)
            raced("PostgreSQL", made.new())
    if "crashes" in given.only:
        with postgres.own() as server:
            restarted(server, given.crashes)
    if "events" in given.only:
        told("SQLite", sqlite, given.kills // 10)
        with postgres.own() as server:
            told("PostgreSQL", postgres.Postgres(server.uri).new, given.kills // 10)
    if "edits" in given.only:
        edits()
    if "texts" in given.only:
        typed(given.texts)
    if "api" in given.only:
        asked(given.examples)


if __name__ == "__main__":
    main()
