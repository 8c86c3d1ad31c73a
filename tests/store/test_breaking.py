"""The short form of ``make soak``: 10 rounds of kill -9 with 4 writers, 5 processes that race, a full disk …

The full form is in tests/soak; docs/reliability.md has its figures.
"""

from __future__ import annotations

import shutil
import sqlite3
import sys
from pathlib import Path

import pytest
from offices import Office
from sqlalchemy import Engine, event

sys.path.insert(0, str(Path(__file__).parents[1] / "soak"))

import breaking  # shared with the full form

from casework_flow.store.database import connect
from casework_flow.store.faults import StoreUnusable


def test_writers_that_are_killed_leave_nothing_half_done_and_lose_nothing(office: Office) -> None:
    found = breaking.kill(office.empty, rounds=10, fresh_every=10)
    assert found.faults == []
    assert found.killed == 40
    assert found.acknowledged > 40


def test_of_processes_that_race_each_transition_has_one_winner(office: Office) -> None:
    raced = breaking.race(office.empty(), processes=5, cases=3)
    assert raced.faults == []
    assert raced.lost > 0
    assert raced.letters


def test_a_full_disk_is_told_of_and_loses_nothing(tmp_path: Path) -> None:
    file = tmp_path / "casework.db"
    folder = breaking.files()
    breaking.casework(f"sqlite:///{file}", folder).disconnect()
    engine = connect(f"sqlite:///{file}")
    pages = sqlite3.connect(file).execute("PRAGMA page_count").fetchone()[0]
    limited(engine, pages + 12)
    cw = breaking.casework(engine, folder)
    done: list[tuple[str, int]] = []

    def fill() -> None:
        for _ in range(1000):
            number = cw.open("soak", client=breaking.CLIENT, by="rina").number
            done.append((number, 1))
            cw.advance(number, by="rina")
            done.append((number, 2))

    with pytest.raises(StoreUnusable, match="disk is full"):
        fill()
    assert cw.verify() == ()
    assert all(len(cw.history(number)) >= events for number, events in done)
    engine.dispose()
    again = breaking.casework(f"sqlite:///{file}", folder)  # there is room again
    again.open("soak", client=breaking.CLIENT, by="rina")
    assert again.verify() == ()


def limited(engine: Engine, pages: int) -> None:
    """Let the database have no more than ``pages``, as a disk would that has no more."""

    @event.listens_for(engine, "connect")
    def _(connection: sqlite3.Connection, __: object) -> None:
        connection.execute(f"PRAGMA max_page_count={pages}")


def test_a_file_that_has_become_read_only_is_told_of_and_can_be_read(tmp_path: Path) -> None:
    folder = breaking.files()
    cw = breaking.casework(f"sqlite:///{tmp_path / 'casework.db'}", folder)
    number = cw.open("soak", client=breaking.CLIENT, by="rina").number
    cw.disconnect()
    shutil.copyfile(tmp_path / "casework.db", tmp_path / "read-only.db")
    engine = connect(f"sqlite:///{tmp_path / 'casework.db'}")

    @event.listens_for(engine, "connect")
    def _(connection: sqlite3.Connection, __: object) -> None:
        connection.execute("PRAGMA query_only=ON")

    reading = breaking.casework(engine, folder)
    with pytest.raises(StoreUnusable, match="read but not written"):
        reading.advance(number, by="rina")
    assert len(reading.history(number)) == 1
    assert reading.verify() == ()
    engine.dispose()
