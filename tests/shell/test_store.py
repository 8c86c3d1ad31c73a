"""The SQLite file as evidence: how it is kept, and the ids in it."""

from __future__ import annotations

import sqlite3
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from case_s import NUMBER, STAFF, Databases, casework, data

from casework_flow.casework import Casework
from casework_flow.errors import Conflict
from casework_flow.store import database
from casework_flow.store.ids import new_id


def test_ids_are_version_7_and_sort_in_the_order_of_their_making() -> None:
    ids = [new_id() for _ in range(5_000)]
    assert ids == sorted(set(ids))
    assert {(uuid.UUID(one).version, uuid.UUID(one).variant) for one in ids} == {(7, uuid.RFC_4122)}


def test_ids_made_in_several_threads_are_all_different() -> None:
    with ThreadPoolExecutor(8) as pool:
        made = [one for ids in pool.map(lambda _: [new_id() for _ in range(500)], range(8)) for one in ids]
    assert len(set(made)) == 4_000


def test_ids_sort_even_when_the_clock_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    first = new_id()
    monkeypatch.setattr("time.time_ns", lambda: 1)
    assert first < new_id() < new_id()


def test_the_file_is_written_ahead_and_synchronised_in_full(tmp_path: Path) -> None:
    casework(tmp_path / "casework.db")
    engine = database.connect(f"sqlite:///{tmp_path / 'casework.db'}")
    with engine.connect() as connection:
        told = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    engine.dispose()
    assert told == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_database_in_memory_serves_as_well() -> None:
    cw = Casework("sqlite://")
    for person in STAFF:
        cw.add_staff(**person)
    number = cw.open("pkh-economic", client=data("client"), by="rina").number
    assert cw.case(number).stage == "engagement"
    assert cw.verify() == ()


def test_a_writer_who_waits_too_long_is_told_and_has_written_nothing(
    databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT", 0.05)
    file = databases.at("planning", tmp_path / "casework.db")
    cw = casework(file)
    before = cw.history(NUMBER)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert cw.status(NUMBER).case.stage == "planning"  # who reads waits for nobody
    with pytest.raises(Conflict):
        cw.record(NUMBER, "plan", data("plan"), by="rina", at="2025-03-14")
    other.execute("ROLLBACK")
    other.close()
    assert cw.history(NUMBER) == before
    assert cw.record(NUMBER, "plan", data("plan"), by="rina", at="2025-03-14").items == ((1, 1),)
