"""Breaks the store on purpose: writers that are killed, servers that are restarted, many who race.

The writers are forked from this process, which has everything loaded and no database open. Each of them notes what
was acknowledged to it, on disk, before it goes on.
"""

from __future__ import annotations

import atexit
import json
import multiprocessing
import os
import random
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from casework_flow import Casework
from casework_flow.errors import CaseworkError, Conflict, Refused
from casework_flow.office import Office

STAGES = ("referral", "intake", "assessment", "plan", "work", "review")
WORKFLOW = """workflow: soak
version: 1
title: {id: Uji beban, en: Soak}
stages:
""" + "".join(
    f"""  {name}:
    title: {{id: {name}, en: {name}}}
    days: 5
    requires:
      - {{guard: named, kind: professional, check: client.name, say: {{id: nama, en: name}}}}
    documents: [note]
"""
    for name in STAGES
) + "closures:\n  done: {complete: true}\n"  # fmt: skip
NOTE = """{% set identity = "full" %}
<document title="Notula"><section title="Isi"><p>{{ client.name }}</p></section></document>
"""
CLIENT = {
    "name": "Sarma Contoh",
    "initials": "S",
    "sex": "female",
    "birth_date": "1992-08-12",
    "nik_absent_reason": "belum punya",
}
FORK = multiprocessing.get_context("fork")


def new_folder() -> Path:
    """A folder that is gone when this process ends."""
    folder = Path(tempfile.mkdtemp(prefix="casework-soak-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def files() -> Path:
    """A folder with the workflow and its template."""
    folder = new_folder()
    (folder / "soak.yaml").write_text(WORKFLOW, encoding="utf-8")
    (folder / "note.xml.j2").write_text(NOTE, encoding="utf-8")
    return folder


def casework(database: Any, folder: Path) -> Casework:
    """The front door, with one member of staff behind it."""
    office = Office(agency="Dinas Sosial Kabupaten Contoh", holidays="", register_pattern="460/{number:05d}/{year}")
    cw = Casework(database, office=office, workflows=[folder], templates=[folder])
    if not cw.all_staff():
        cw.add_staff("rina", full_name="Rina Contoh", role="social_worker")
    return cw


def _opened(url: str, folder: Path) -> Casework:
    while True:
        try:
            return casework(url, folder)
        except CaseworkError:
            time.sleep(0.05)  # the server is away just now


def write(url: str, folder: Path, told: Path, seed: int) -> None:
    """Live lives until somebody puts an end to it; each acknowledged step is noted in ``told`` first."""
    chance = random.Random(seed)  # noqa: S311  # no secret
    cw = _opened(url, folder)
    with told.open("a", encoding="utf-8") as notes:

        def note(number: str, documents: int) -> None:
            notes.write(json.dumps([number, len(cw.history(number)), documents]) + "\n")
            notes.flush()

        while True:
            try:
                number = cw.open("soak", client=CLIENT, by="rina").number
                note(number, 0)
                for step in range(chance.randrange(1, 6)):
                    cw.advance(number, by="rina")
                    note(number, step + 1)
                if chance.random() < 0.3:
                    cw.register(number, "note", by="rina")
            except CaseworkError:
                time.sleep(0.02)  # the server is away, or somebody was first


@dataclass
class Broken:
    """What was broken, and what was found after it."""

    rounds: int = 0
    killed: int = 0
    acknowledged: int = 0
    events: int = 0
    faults: list[str] = field(default_factory=list)


def check(cw: Casework, told: Sequence[Path], found: Broken) -> None:
    """Nothing is damaged, no move is without its document, nothing that was acknowledged is lost."""
    found.faults += [f"{finding.where}: {finding.message}" for finding in cw.verify()]
    histories: dict[str, list[Any]] = {case.number: list(cw.history(case.number)) for case in cw.list()}
    for number, events in histories.items():
        moves = [event for event in events if event["kind"] == "moved"]
        if any(len(event["body"].get("documents", ())) != 1 for event in moves):
            found.faults.append(f"{number}: a move without its document")
        if len(cw.documents(number)) != len(moves):
            found.faults.append(f"{number}: documents are missing")
    found.events = sum(map(len, histories.values()))
    found.acknowledged = 0
    for notes in told:
        lines = notes.read_text(encoding="utf-8").splitlines() if notes.exists() else []
        for line in lines:
            if not line.endswith("]"):
                continue  # the note itself was cut off by the kill
            number, events, documents = json.loads(line)
            found.acknowledged += 1
            if len(histories.get(number, ())) < events or len(cw.documents(number)) < documents:
                found.faults.append(f"{number}: acknowledged and lost")


def _warm_up() -> None:
    """Let this process compile everything once, so that the writers, its forks, begin to write at once."""
    cw = casework("sqlite://", files())
    cw.advance(cw.open("soak", client=CLIENT, by="rina").number, by="rina")
    cw.disconnect()


def kill(
    make: Callable[[], str],
    rounds: int,
    writers: int = 4,
    fresh_every: int = 20,
    disturb: Callable[[], None] | None = None,
) -> Broken:
    """Let ``writers`` write and kill -9 them all at a random moment, ``rounds`` times; after each, check everything.

    Args:
        make: gives the URL of a new database.
        rounds: how often.
        writers: how many write at once.
        fresh_every: after so many rounds a new database, so that the check stays quick.
        disturb: done while they write, before the kill.
    """
    chance = random.Random(1)  # noqa: S311  # no secret
    _warm_up()
    found, total = Broken(), Broken()
    url, told, folder = "", [], files()
    for number in range(rounds):
        if number % fresh_every == 0:
            total.acknowledged += found.acknowledged
            total.events += found.events
            found = Broken()
            url, told = make(), []
            casework(url, folder).disconnect()
        mine = [folder / f"told-{number}-{writer}" for writer in range(writers)]
        told += mine
        running = [
            FORK.Process(target=write, daemon=True, args=(url, folder, notes, number * writers + place))
            for place, notes in enumerate(mine)
        ]
        for process in running:
            process.start()
        time.sleep(chance.uniform(0.02, 0.5))
        if disturb:
            disturb()
        for process in running:
            os.kill(process.pid or 0, signal.SIGKILL)
        for process in running:
            process.join()
        cw = casework(url, folder)
        check(cw, told, found)
        cw.disconnect()
        total.rounds += 1
        total.killed += writers
        total.faults += found.faults
        found.faults = []
    total.acknowledged += found.acknowledged
    total.events += found.events
    return total


def _race(url: str, folder: Path, numbers: Sequence[str], place: int, answers: Any) -> None:
    cw = casework(url, folder)
    chance = random.Random(place)  # noqa: S311  # no secret
    won: list[tuple[str, str]] = []
    letters: list[str] = []
    lost = 0
    for _ in range(6):
        for number in chance.sample(numbers, len(numbers)):
            try:
                done = cw.advance(number, by="rina")
                won.append((number, done.source))
                letters.append(str(cw.register(number, "note", by="rina").number))
            except (Refused, Conflict):
                lost += 1
    answers.put((won, letters, lost))


@dataclass
class Raced:
    """What became of a race: who won which transition, and which letter numbers were drawn."""

    won: list[tuple[str, str]]
    letters: list[str]
    lost: int
    faults: list[str]


def race(url: str, processes: int = 16, cases: int = 6) -> Raced:
    """Let ``processes`` advance the same ``cases`` through all their stages and register each letter."""
    folder = files()
    cw = casework(url, folder)
    numbers = [cw.open("soak", client=CLIENT, by="rina").number for _ in range(cases)]
    cw.disconnect()
    answers = FORK.Queue()
    running = [
        FORK.Process(target=_race, daemon=True, args=(url, folder, numbers, n, answers)) for n in range(processes)
    ]
    for process in running:
        process.start()
    told = [answers.get(timeout=300) for _ in running]
    for process in running:
        process.join()
    won = [one for answer in told for one in answer[0]]
    letters = sorted(one for answer in told for one in answer[1])
    cw = casework(url, folder)
    faults = [f"{finding.where}: {finding.message}" for finding in cw.verify()]
    expected = Counter((number, stage) for number in numbers for stage in STAGES[:-1])
    if Counter(won) != expected:
        faults.append(f"winners: {Counter(won) - expected} too many, {expected - Counter(won)} missing")
    drawn = sorted(document.number for number in numbers for document in cw.documents(number) if document.number)
    if drawn != [f"460/{place:05d}/{drawn[0][-4:]}" for place in range(1, len(drawn) + 1)] or not set(letters) <= set(
        drawn
    ):
        faults.append(f"letter numbers: {drawn}")
    cw.disconnect()
    return Raced(won, letters, sum(answer[2] for answer in told), faults)
