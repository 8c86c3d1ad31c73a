"""Breaks the telling of events on purpose: workers that are killed at any moment, many who write and tell at once.

The workers are those that offices run, ``casework worker``; the receiver is a real one, and fails now and then.
"""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "events"))

import breaking
from receiver import SECRET, Message, Receiver, genuine

from casework_flow import Casework
from casework_flow.office import Office

WORKER = "from casework_flow.cli import main; main()"
OFFICE = Office(agency="Dinas Sosial Kabupaten Contoh", holidays="")


@dataclass
class Told:
    """What was written and what was told of it."""

    rounds: int = 0
    events: int = 0
    messages: int = 0
    faults: list[str] = field(default_factory=list)


def door(url: str, folder: Path, days: float = 0) -> Casework:
    """The front door of an office, so many days ahead of the clock."""
    return Casework(
        url,
        office=OFFICE,
        workflows=[folder],
        templates=[folder],
        clock=lambda: datetime.now(UTC) + timedelta(days=days),
    )


def office(url: str, folder: Path, receiver: Receiver) -> Casework:
    """An office whose events are told to the receiver."""
    cw = door(url, folder)
    cw.add_staff("sup", full_name="Supervisor Contoh", role="supervisor")
    cw.add_staff("rina", full_name="Rina Contoh", role="social_worker", supervisor="sup")
    cw.subscribe("sik", receiver.url, by="sup", secret=SECRET, insecure=True)
    return cw


def live(cw: Casework, moves: int) -> None:
    """A case, and some moves of it."""
    number = cw.open("soak", client=breaking.CLIENT, by="rina").number
    for _ in range(moves):
        cw.advance(number, by="rina")


def check(url: str, folder: Path, receiver: Receiver) -> Told:
    """Tell the rest; then every event must have one row, and have been taken, in order, with a true signature."""
    found = Told()
    receiver.answer = lambda _: 204
    for day in range(1, 12):  # every lease and pause is over
        cw = door(url, folder, days=day)
        cw.sweep()
        rest = cw.deliveries()
        cw.disconnect()
        if not rest:
            break
    cw = door(url, folder)
    found.faults += [f"{finding.where}: {finding.message}" for finding in cw.verify()]
    expected = [(case.number, event["seq"]) for case in cw.list() for event in cw.history(case.number)]
    rows = Counter((one.case, one.seq) for one in cw.deliveries(["ready", "dead", "done", "skipped"], limit=10**6))
    taken: list[Message] = receiver.taken
    first = list(dict.fromkeys(message.place for message in taken))
    if rows != Counter(expected):
        found.faults.append(f"rows: {rows - Counter(expected)} too many, {Counter(expected) - rows} missing")
    if set(first) != set(expected):
        found.faults.append(f"never told: {set(expected) - set(first)}; of nothing: {set(first) - set(expected)}")
    for number in {number for number, _ in first}:
        seqs = [seq for case, seq in first if case == number]
        if seqs != sorted(seqs):
            found.faults.append(f"{number}: told in the order {seqs}")
    if any(not genuine(m, SECRET, time.time(), tolerance=10**7) for m in taken):
        found.faults.append("a signature is wrong")
    by_id = {message.headers["webhook-id"]: message.raw for message in taken}
    if any(by_id[message.headers["webhook-id"]] != message.raw for message in taken) or len(by_id) != len(first):
        found.faults.append("one id stands for two messages")
    found.events, found.messages = len(expected), len(taken)
    cw.disconnect()
    return found


def kill(make: Callable[[], str], rounds: int, workers: int = 2) -> Told:
    """Let workers tell while cases are written, and kill -9 them at a random moment, ``rounds`` times."""
    chance = random.Random(1)  # noqa: S311  # no secret
    folder, url = breaking.files(), make()
    receiver = Receiver(lambda _: 204 if chance.random() < 0.9 else 500).start()
    cw = office(url, folder, receiver)
    for _ in range(rounds):
        command = [sys.executable, "-c", WORKER, "worker", "--every", "0.1", "--db", url]
        running = [subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd=folder) for _ in range(workers)]
        before, begun = len(receiver.got), time.monotonic()
        end = begun + 30
        while time.monotonic() < end:
            live(cw, chance.randrange(4))
            time.sleep(0.05)  # else there is more to tell than to break
            if len(receiver.got) > before and end > begun + 29:  # they are at work: a moment more
                end = time.monotonic() + chance.uniform(0, 0.3)
        for process in running:
            process.kill()
        for process in running:
            process.wait()
    cw.disconnect()
    found = check(url, folder, receiver)
    found.rounds = rounds
    receiver.stop()
    return found


def crowd(url: str, writers: int = 24, tellers: int = 8, lives: int = 2) -> Told:
    """Let many write and many tell, all at once, each through a front door of their own."""
    folder = breaking.files()
    receiver = Receiver().start()
    office(url, folder, receiver).disconnect()
    written = threading.Event()

    def write(place: int) -> None:
        cw = door(url, folder)
        for life in range(lives):
            live(cw, (place + life) % 4)
        cw.disconnect()

    def tell(_: int) -> None:
        cw = door(url, folder)
        while not written.is_set():
            cw.sweep()
        cw.disconnect()

    with ThreadPoolExecutor(writers + tellers) as threads:
        telling = [threads.submit(tell, place) for place in range(tellers)]
        writing: list[Any] = [threads.submit(write, place) for place in range(writers)]
        try:
            for one in writing:
                one.result(timeout=300)
        finally:
            written.set()
        for one in telling:
            one.result(timeout=60)
    found = check(url, folder, receiver)
    if found.messages != found.events:
        found.faults.append(f"{found.messages} messages of {found.events} events, though nobody failed")
    receiver.stop()
    return found
