"""What somebody who can write to the file changes behind the software's back is found, and never a crash.

The databases here are copies in memory of the one in which case S was walked; the intruder switches off what
guards the tables and then writes as they please.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from case_s import NUMBER, OFFICE, SHARING, STAFF, TEMPLATES, Clock, Databases, casework, data, do, make, steps
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casework_flow.casework import Casework
from casework_flow.store import chain
from casework_flow.store.database import connect
from casework_flow.workflow import canonical

TABLES = ("events", "cases", "documents", "records", "staff", "counters", "workflows", "templates")
SAMPLED = {} if os.environ.get("CASEWORK_EXHAUSTIVE") else {"records": 3, "documents": 2}
"""Of these tables every so many-th row is tried; of the others, and in ``make soak`` of all, every one."""

Row = dict[str, Any]


class Intruded:
    """Case S in memory, with the intruder's own way in."""

    def __init__(self, file: Path) -> None:
        engine = connect("sqlite://")
        self.connection = engine.raw_connection()
        self.raw: sqlite3.Connection = self.connection.driver_connection  # type: ignore[assignment]
        source = sqlite3.connect(file)
        source.backup(self.raw)
        source.close()
        for (trigger,) in self.raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            self.raw.execute(f"DROP TRIGGER {trigger}")
        self.raw.execute("PRAGMA foreign_keys=OFF")
        self.cw = Casework(engine, office=OFFICE, templates=[TEMPLATES], clock=Clock())

    def found(self) -> list[str]:
        """What verify says, as its users read it."""
        return [f"{finding.where}: {finding.message}" for finding in self.cw.verify()]

    def rows(self, table: str) -> list[Row]:
        """The rows of a table, each with its ``rowid``."""
        cursor = self.raw.execute(f"SELECT rowid, * FROM casework_{table} ORDER BY rowid")  # noqa: S608  # names of our own
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    def columns(self, table: str) -> list[str]:
        """The names of a table's columns."""
        return [row[1] for row in self.raw.execute(f"PRAGMA table_info(casework_{table})")]

    def put(self, table: str, row: Row, column: str, value: object, wrap: str = "?") -> None:
        """Write one cell."""
        self.raw.execute(
            f'UPDATE casework_{table} SET "{column}" = {wrap} WHERE rowid = ?',  # noqa: S608  # names of our own
            (value, row["rowid"]),
        )

    def delete(self, table: str, row: Row) -> None:
        """Delete one row."""
        self.raw.execute(f"DELETE FROM casework_{table} WHERE rowid = ?", (row["rowid"],))  # noqa: S608  # names of our own

    def insert(self, table: str, row: Row) -> None:
        """Insert one row."""
        values = {column: value for column, value in row.items() if column != "rowid"}
        names = ", ".join(f'"{name}"' for name in values)
        marks = ", ".join("?" * len(values))
        self.raw.execute(f"INSERT INTO casework_{table} ({names}) VALUES ({marks})", list(values.values()))  # noqa: S608

    def undone(self, change: Callable[[], object]) -> list[str]:
        """What verify says after ``change``, which is undone again."""
        before = sqlite3.connect(":memory:")
        self.raw.backup(before)
        try:
            change()
            return self.found()
        finally:
            before.backup(self.raw)
            before.close()


@pytest.fixture(scope="module")
def intruded(tmp_path_factory: pytest.TempPathFactory) -> Intruded:
    """Case S to its end, with a short finance book, and beside it a case with a key and a note."""
    file = tmp_path_factory.mktemp("verify") / "casework.db"
    cw = casework(file)
    for person in STAFF:
        cw.add_staff(**person)
    for verb, arguments in steps():
        short = {"data": arguments["data"][:4]} if arguments.get("record") == "finance" else {}
        do(cw, verb, {**arguments, **short})
    cw.open("pkh-economic", client=data("client"), by="maya", at="2025-06-01", key="second")
    second = "KSS-2025-0002"
    cw.record(second, "consent", [SHARING, {**SHARING, "type": "photo"}], by="maya", at="2025-06-01")
    cw.record(second, "contract", data("contract"), by="maya", at="2025-06-01")
    cw.approve(second, "contract", by="sup", at="2025-06-01", note="sudah dibaca")
    made = Intruded(file)
    assert made.found() == []
    return made


def others(row: Row, column: str) -> Iterator[tuple[object, str]]:
    """Values that a cell does not hold now, each with the SQL that puts it there."""
    value = row[column]
    if isinstance(value, int):
        yield from ((value + 1, "?"), (value - 1, "?"))
    else:
        yield from ((f"{value or ''}x", "?"), ("", "?")) if value != "" else (("x", "?"),)
    yield from ((None, "?"), (b"\xff\xfe", "CAST(? AS TEXT)"), (str(value or "y"), "CAST(? AS BLOB)"))


@pytest.mark.parametrize("table", TABLES)
def test_any_other_value_in_any_cell_is_found(intruded: Intruded, table: str) -> None:
    unnoticed = []
    tried = 0
    for place, row in enumerate(intruded.rows(table)[:: SAMPLED.get(table, 1)]):
        for number, column in enumerate(intruded.columns(table)):
            ways = list(others(row, column))
            for value, wrap in (*ways[(place + number) % len(ways) :], *ways[: (place + number) % len(ways)]):
                if value is None and row[column] is None:
                    continue
                with suppress(sqlite3.IntegrityError):  # the table itself does not take it: another value then
                    intruded.put(table, row, column, value, wrap)
                    tried += 1
                    if not intruded.found():
                        unnoticed.append((table, place, column, value, wrap))
                    intruded.put(table, row, column, row[column])
                    break
    assert unnoticed == []
    assert tried == len(intruded.rows(table)[:: SAMPLED.get(table, 1)]) * len(intruded.columns(table))
    assert intruded.found() == []


@pytest.mark.parametrize("table", TABLES)
def test_a_deleted_row_is_found(intruded: Intruded, table: str) -> None:
    for row in intruded.rows(table)[:: 3 * SAMPLED.get(table, 1)]:
        assert intruded.undone(lambda row=row: intruded.delete(table, row)), row  # type: ignore[misc]


@pytest.mark.parametrize("table", ["events", "cases", "documents", "records", "staff", "counters"])
def test_an_added_row_is_found(intruded: Intruded, table: str) -> None:
    rows = intruded.rows(table)
    fresh: dict[str, Row] = {
        "events": {"seq": 99},
        "cases": {"id": "another", "number": "KSS-2025-0003"},
        "documents": {"id": "another", "version": 9},
        "records": {"id": "another", "item": 999},
        "staff": {"name": "another", "nip": None},
        "counters": {"year": 2031, "value": 0},
    }
    for row in (rows[0], rows[len(rows) // 2], rows[-1]):
        added = {**row, **fresh[table], **({"key": None} if table == "events" else {})}
        assert intruded.undone(lambda added=added: intruded.insert(table, added)), added  # type: ignore[misc]


def forged(row: Row, seq: int, prev: str) -> Row:
    """An event that links well, as somebody who knows how the chain is made would write it."""
    event = {**row, "seq": seq, "prev": prev, "key": None, "request": None}
    event["hash"] = chain.event_hash(event)
    return event


def test_a_well_linked_event_at_the_end_is_found(intruded: Intruded) -> None:
    events = [row for row in intruded.rows("events") if row["stream"] == intruded.rows("cases")[0]["id"]]
    added = forged(events[-1], events[-1]["seq"] + 1, events[-1]["hash"])
    assert intruded.undone(lambda: intruded.insert("events", added))


def test_a_history_written_anew_from_the_middle_on_is_found(intruded: Intruded) -> None:
    events = [row for row in intruded.rows("events") if row["stream"] == intruded.rows("cases")[0]["id"]]

    def rewrite() -> None:
        prev = events[4]["hash"]
        for row in events[5:]:
            changed = forged({**row, "by": "sup"}, row["seq"], prev)
            prev = changed["hash"]
            for column in ("by", "key", "request", "prev", "hash"):
                intruded.put("events", row, column, changed[column])

    assert any("head" in line for line in intruded.undone(rewrite))


@pytest.mark.parametrize("table", ["events", "records", "documents", "staff"])
def test_two_rows_that_change_places_are_found(intruded: Intruded, table: str) -> None:
    place = {"events": "seq", "records": "item", "documents": "item", "staff": "full_name"}[table]
    rows = intruded.rows(table)
    pairs = [(one, two) for one, two in pairwise(rows) if one[place] != two[place]]
    assert pairs

    def swap(one: Row, two: Row) -> None:
        intruded.put(table, one, place, -1)
        intruded.put(table, two, place, one[place])
        intruded.put(table, one, place, two[place])

    tried = 0
    for one, two in (pairs[0], pairs[len(pairs) // 2], pairs[-1]):
        with suppress(sqlite3.IntegrityError):
            assert intruded.undone(lambda one=one, two=two: swap(one, two))  # type: ignore[misc]
            tried += 1
    assert tried


def test_a_content_that_changes_places_with_another_is_found(intruded: Intruded) -> None:
    sessions = [row for row in intruded.rows("records") if row["type"] == "session"]

    def swap() -> None:
        for one, two in ((sessions[1], sessions[2]), (sessions[2], sessions[1])):
            for column in ("content", "salt", "digest"):
                intruded.put("records", one, column, two[column])

    assert len(intruded.undone(swap)) >= 2


def test_a_record_with_a_digest_that_fits_it_is_found(intruded: Intruded) -> None:
    row = next(row for row in intruded.rows("records") if row["type"] == "finance")
    content = json.loads(row["content"])
    changed = {**row, "content": canonical({**content, "amount": content["amount"] + 1})}

    def change() -> None:
        intruded.put("records", row, "content", changed["content"])
        intruded.put("records", row, "digest", chain.commit_row(changed, chain.RECORD_COLUMNS))

    assert intruded.undone(change)


def test_an_office_that_is_renamed_takes_its_rows_along_or_is_missed(intruded: Intruded) -> None:
    office = intruded.rows("offices")[0]
    assert intruded.undone(lambda: intruded.put("offices", office, "office_id", "another"))


def test_a_workflow_is_missed_by_a_case_that_has_no_documents_yet(databases: Databases, tmp_path: Path) -> None:
    young = Intruded(databases.at("engagement", tmp_path / "casework.db"))
    assert young.rows("documents") == []
    young.delete("workflows", young.rows("workflows")[0])
    assert any(line.startswith("workflow ") for line in young.found())


def test_a_whole_case_taken_away_is_found_by_its_number(intruded: Intruded) -> None:
    case = intruded.rows("cases")[1]

    def take() -> None:
        intruded.delete("cases", case)
        for table, column in (("events", "stream"), ("records", "case_id"), ("documents", "case_id")):
            for row in intruded.rows(table):
                if row[column] == case["id"]:
                    intruded.delete(table, row)

    assert any("counter" in line for line in intruded.undone(take))


def inside(value: Any) -> Iterator[tuple[Any, Any]]:
    """Each place inside a JSON value: its container and its key there."""
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from inside(value[key])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)
READ = (
    ("events", "body"),
    ("events", "private"),
    ("records", "content"),
    ("documents", "snapshot"),
    ("workflows", "data"),
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(draw=st.data())
def test_json_that_says_anything_else_is_found_and_never_a_crash(intruded: Intruded, draw: st.DataObject) -> None:
    table, column = draw.draw(st.sampled_from(READ))
    row = draw.draw(st.sampled_from([row for row in intruded.rows(table) if row[column]]))
    whole = [json.loads(row[column])]
    container, key = draw.draw(st.sampled_from(list(inside(whole))))
    container[key] = draw.draw(JSON)
    text = canonical(whole[0])
    if text == row[column]:
        return
    intruded.put(table, row, column, text)
    try:
        assert intruded.found()
    finally:
        intruded.put(table, row, column, row[column])


@pytest.mark.parametrize(
    "text", ["", "{", "[" * 100_000, "NaN", "1e999", '{"id": 1', "\x00", '{"documents": 5}', "[[1, 2]]"]
)
@pytest.mark.parametrize(("table", "column"), READ)
def test_what_cannot_be_read_is_a_finding(intruded: Intruded, table: str, column: str, text: str) -> None:
    row = [row for row in intruded.rows(table) if row[column]][-1]
    assert intruded.undone(lambda: intruded.put(table, row, column, text))


# what keeps honest software from doing it by mistake, and what will let a person's data go


def test_an_event_is_neither_changed_nor_deleted_but_for_its_private_text(
    databases: Databases, tmp_path: Path
) -> None:
    file = databases.at("intervention", tmp_path / "casework.db")
    cw = casework(file)
    make(cw, "pause", at="2025-05-16")
    raw = sqlite3.connect(file)
    frozen = [
        row[1] for row in raw.execute("PRAGMA table_info(casework_events)") if row[1] not in ("private", "salt")
    ]
    for column in frozen:
        with pytest.raises(sqlite3.IntegrityError, match="never changed"):
            raw.execute(f'UPDATE casework_events SET "{column}" = "{column}"')  # noqa: S608  # names of our own
    with pytest.raises(sqlite3.IntegrityError, match="never deleted"):
        raw.execute("DELETE FROM casework_events")
    raw.execute("UPDATE casework_events SET private = NULL, salt = NULL WHERE private IS NOT NULL")
    raw.commit()
    raw.close()
    found = cw.verify()
    assert [str(finding.message) for finding in found] == [
        "The private part of the event was changed after it was written."
    ]  # the chain itself holds
    assert cw.history(NUMBER)[-1]["private"] == {}


def test_personal_text_is_in_the_chain_as_a_salted_commitment_only(databases: Databases, tmp_path: Path) -> None:
    file = databases.at("intervention", tmp_path / "casework.db")
    cw = casework(file)
    make(cw, "pause", at="2025-05-16", reason="rahasia keluarga")
    cw.record(NUMBER, "session", data("session")[:1], by="rina", at="2025-05-16")
    raw = sqlite3.connect(file)
    names = [f'"{column}"' for column in chain.EVENT_COLUMNS]
    events = json.dumps(raw.execute(f"SELECT {', '.join(names)}, hash FROM casework_events").fetchall())  # noqa: S608
    raw.close()
    for private in ("rahasia", "Sarma", data("client")["nik"], data("session")[0]["observations"]):
        assert private not in events
    assert len({row["salt"] for row in cw.history(NUMBER)}) == len(cw.history(NUMBER))


def test_a_database_that_is_none_is_told_of(tmp_path: Path) -> None:
    from casework_flow.store.faults import StoreUnusable

    file = tmp_path / "casework.db"
    file.write_bytes(b"this is a letter, not a database" * 200)
    with pytest.raises(StoreUnusable, match="not a database"):
        casework(file)
