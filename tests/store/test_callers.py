"""Many callers at once, each in the way that its host is written: nothing is lost, and nobody waits for ever."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from case_s import NUMBER, Clock
from offices import Office
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from casework_flow import Casework, Conflict

CALLERS = 32
PROCESSES = 8


def note(cw: Casework, number: int) -> Any:
    content = {"date": "2025-03-05", "note": f"catatan {number}"}
    return cw.record(NUMBER, "supervision", content, by="sup", at="2025-03-05")


def kept(cw: Casework) -> list[str]:
    """What each note says that is kept, in the order of its number."""
    return sorted(one.content["note"] for one in cw.records(NUMBER, "supervision"))


def every() -> list[str]:
    return sorted(f"catatan {number}" for number in range(CALLERS))


def in_threads(work: Callable[[int], Any]) -> None:
    gate = threading.Barrier(CALLERS)

    def one(number: int) -> None:
        gate.wait()
        work(number)

    with ThreadPoolExecutor(CALLERS) as pool:
        list(pool.map(one, range(CALLERS)))


def stubborn(work: Callable[[], Any]) -> Any:
    """What a host does with a Conflict: its whole transaction again, from its first reading."""
    while True:
        try:
            return work()
        except Conflict:
            pass


def test_threads_share_one_front_door(office: Office) -> None:
    cw = office.casework(office.at("engagement"))
    in_threads(lambda number: stubborn(lambda: note(cw, number)))
    assert kept(cw) == every()
    assert cw.verify() == ()


def test_threads_work_each_in_a_transaction_of_the_hosts(office: Office) -> None:
    url = office.at("engagement")
    cw = office.casework(url)
    told: list[Any] = []
    cw.on("recorded", told.append)
    engine = create_engine(url, pool_size=CALLERS, connect_args={"timeout": 60} if office.engine == "sqlite" else {})

    def host(number: int) -> None:
        with Session(engine) as session, session.begin():
            note(cw.within(session), number)

    in_threads(lambda number: stubborn(lambda: host(number)))
    engine.dispose()
    assert kept(cw) == every()
    assert len(told) == CALLERS
    assert cw.verify() == ()


def test_async_callers_hand_their_verbs_to_threads(office: Office) -> None:
    cw = office.casework(office.at("engagement"))

    async def caller(number: int) -> Any:
        return await asyncio.to_thread(stubborn, lambda: note(cw, number))

    async def everybody() -> list[Any]:
        return await asyncio.gather(*(caller(number) for number in range(CALLERS)))

    assert len(asyncio.run(everybody())) == CALLERS
    assert kept(cw) == every()
    assert cw.verify() == ()


PROGRAM = textwrap.dedent("""
    import sys
    sys.path.insert(0, sys.argv[1])
    from case_s import OFFICE, TEMPLATES, Clock
    from casework_flow import Casework, Conflict

    cw = Casework(sys.argv[2], office=OFFICE, templates=[TEMPLATES], clock=Clock())
    for number in range(int(sys.argv[3]), int(sys.argv[4])):
        content = {"date": "2025-03-05", "note": f"catatan {number}"}
        while True:
            try:
                cw.record("KSS-2025-0001", "supervision", content, by="sup", at="2025-03-05")
            except Conflict:
                continue
            break
    cw.disconnect()
""")
"""A process that records the notes of a range of numbers."""


def processes(url: str, numbers: range, count: int) -> list[subprocess.Popen[bytes]]:
    """That many processes, which share out ``numbers``."""
    share = len(numbers) // count
    tests = str(Path(__file__).parents[1])
    return [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, tests, url, str(first), str(first + share)], stderr=subprocess.PIPE
        )
        for first in numbers[::share]
    ]


def ended(running: list[subprocess.Popen[bytes]]) -> None:
    said = [one.communicate(timeout=120)[1].decode() for one in running]
    assert [one.returncode for one in running] == [0] * len(running), said


def test_processes_have_a_front_door_each(office: Office) -> None:
    url = office.at("engagement")
    ended(processes(url, range(CALLERS), PROCESSES))
    cw = office.casework(url)
    assert kept(cw) == every()
    assert cw.verify() == ()


def test_threads_processes_and_async_callers_at_once_leave_one_delivery_for_each_event(
    office: Office,
) -> None:
    url = office.at("engagement")
    cw = office.casework(url)
    cw.subscribe("sik", "https://sik.example/casework", by="sup")
    before = len(cw.history(NUMBER))
    running = processes(url, range(16), PROCESSES)

    async def everybody() -> None:
        calls = [asyncio.to_thread(stubborn, lambda n=n: note(cw, n)) for n in range(16, 24)]
        await asyncio.gather(*calls)

    async_ones = threading.Thread(target=lambda: asyncio.run(everybody()))
    async_ones.start()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: stubborn(lambda: note(cw, n)), range(24, CALLERS)))
    async_ones.join()
    ended(running)
    assert kept(cw) == every()
    told = [one.seq for one in cw.deliveries(["ready"]) if one.case == NUMBER]
    assert sorted(told) == list(range(before + 1, before + CALLERS + 1))
    assert cw.verify() == ()


def test_threads_and_async_callers_at_once_have_numbers_without_a_gap(office: Office) -> None:
    """Through four front doors to one database."""
    url = office.at("engagement")
    doors = [office.casework(url, Clock()) for _ in range(4)]
    client = {
        "name": "Klien Contoh",
        "initials": "KC",
        "sex": "female",
        "birth_date": "1990-01-01",
        "nik_absent_reason": "belum punya",
        "data_basis": "public_service_task",
    }

    def opens(number: int) -> str:
        cw = doors[number % len(doors)]
        return cw.open("pkh-economic", client=client, by="rina", at="2025-06-01").number

    numbers: list[str] = []
    async_ones = threading.Thread(
        target=lambda: numbers.extend(
            asyncio.run(_gathered([asyncio.to_thread(stubborn, lambda n=n: opens(n)) for n in range(CALLERS // 2)]))
        )
    )
    async_ones.start()
    with ThreadPoolExecutor(CALLERS // 2) as pool:
        mine = list(pool.map(lambda n: stubborn(lambda: opens(n)), range(CALLERS // 2)))
    async_ones.join()
    assert sorted(mine + numbers) == [f"KSS-2025-{number:04d}" for number in range(2, CALLERS + 2)]
    assert doors[0].verify() == ()


async def _gathered(calls: list[Any]) -> list[Any]:
    return await asyncio.gather(*calls)


def test_importing_starts_nothing() -> None:
    """No thread, no open file, no logging set up, and neither SQLAlchemy nor Django loaded."""
    program = (
        "import sys, threading, logging; import casework_flow; "
        "casework_flow.Casework; assert threading.active_count() == 1; assert not logging.getLogger().handlers; "
        "assert not {'sqlalchemy', 'django'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
