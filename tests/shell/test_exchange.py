"""Cases out and in again: nothing lost, nothing forged, nothing half-done, and no more memory for more cases."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import sqlite3
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import caseload
import openpyxl
import pytest
from case_s import NUMBER, OFFICE, TEMPLATES, At, Clock, data

from casework_flow.casework import Casework
from casework_flow.errors import Invalid, NotFound, Refused
from casework_flow.exchange import Form
from casework_flow.office import Office

CLIENT = {"name": "Tiur Misal", "initials": "T", "sex": "female", "nik": "1216064507880001"}
Line = dict[str, Any]


def exported(cw: Casework, **how: Any) -> bytes:
    target = io.BytesIO()
    cw.export(target, **how)
    return target.getvalue()


def other(folder: Path, name: str = "other", office: Office = OFFICE) -> Casework:
    """Another office, in which nobody works yet but somebody who imports."""
    cw = Casework(f"sqlite:///{folder / name}.db", office=office, templates=[TEMPLATES], clock=Clock())
    cw.add_staff("boss", full_name="Bos Contoh", role="supervisor")
    return cw


def take_in(cw: Casework, lines: bytes, **how: Any) -> Any:
    return cw.import_lines(io.BytesIO(lines), name="c.json", **{"by": "boss", **how})


def content(database: Path) -> str:
    """A digest of everything in a database."""
    with sqlite3.connect(database) as found:
        dump = "\n".join(found.iterdump())
    found.close()
    return hashlib.sha256(dump.encode()).hexdigest()


def sealed(lines: list[Line]) -> bytes:
    """Lines as an export has them, with an end that fits: what somebody could do who changes a file."""
    text = "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines[:-1])
    cases = sum(line["line"] == "case" for line in lines)
    end = {"line": "end", "cases": cases, "sha256": hashlib.sha256(text.encode()).hexdigest()}
    return (text + json.dumps(end) + "\n").encode()


def parsed(exported: bytes) -> list[Line]:
    return [json.loads(line) for line in exported.splitlines()]


def test_a_case_is_the_same_in_another_office(at: At, tmp_path: Path) -> None:
    here, there = at(""), other(tmp_path)
    lines = exported(here)
    assert take_in(there, lines).cases == (NUMBER,)
    assert there.verify() == ()
    assert there.rebuild() == ()
    without_office = [[{**e, "office_id": ""} for e in cw.history(NUMBER)] for cw in (here, there)]
    assert without_office[0] == without_office[1]
    assert there.case(NUMBER) == here.case(NUMBER)
    assert there.documents(NUMBER) == here.documents(NUMBER)
    assert there.document(NUMBER, "contract").text() == here.document(NUMBER, "contract").text()
    again = parsed(exported(there))
    assert [line for line in again if line["line"] in ("event", "record", "document", "staff")] == [
        line for line in parsed(lines) if line["line"] in ("event", "record", "document", "staff")
    ]


def test_a_case_goes_on_in_another_office_and_moves_to_a_third(at: At, tmp_path: Path) -> None:
    there, third = other(tmp_path), other(tmp_path, "third")
    take_in(there, exported(at("assessment")))
    there.change_staff("rina", supervisor="boss")
    there.record(NUMBER, "supervision", {"date": "2025-11-01", "note": "kasus diterima"}, by="boss")
    assert there.verify() == ()
    take_in(third, exported(there))
    assert third.verify() == ()
    assert third.rebuild() == ()
    assert [e["hash"] for e in third.history(NUMBER)] == [e["hash"] for e in there.history(NUMBER)]


def test_a_case_that_is_here_already_is_refused_by_its_number(at: At, tmp_path: Path) -> None:
    here, there = at(""), other(tmp_path)
    second = here.open("pkh-economic", client=CLIENT, by="rina").number
    take_in(there, exported(here, numbers=[NUMBER]))
    before = content(tmp_path / "other.db")
    with pytest.raises(Refused, match=NUMBER):
        take_in(there, exported(here))
    assert content(tmp_path / "other.db") == before
    assert take_in(there, exported(here, numbers=[second])).cases == (second,)
    assert there.verify() == ()


def test_a_dry_run_and_a_role_that_may_not_leave_nothing_behind(at: At, tmp_path: Path) -> None:
    lines, there = exported(at("")), other(tmp_path)
    there.add_staff("budi", full_name="Budi Contoh", role="auditor")
    before = content(tmp_path / "other.db")
    found = take_in(there, lines, dry_run=True)
    assert (found.cases, found.dry_run) == ((NUMBER,), True)
    with pytest.raises(Refused):
        take_in(there, lines, by="budi")
    assert content(tmp_path / "other.db") == before


def test_the_same_key_does_not_import_twice(at: At, tmp_path: Path) -> None:
    lines, there = exported(at("")), other(tmp_path)
    assert take_in(there, lines, key="k").cases == take_in(there, lines, key="k").cases == (NUMBER,)
    with pytest.raises(Invalid):
        there.import_table(b"Nama\nTiur\n", name="t.csv", by="boss", workflow="pkh-economic", key="k")


def test_numbers_go_on_after_those_that_came(at: At, tmp_path: Path) -> None:
    here, there = at(""), other(tmp_path)
    for _ in range(3):
        last = here.open("pkh-economic", client=CLIENT, by="rina", at="2025-06-01").number
    take_in(there, exported(here, numbers=[last]))
    assert there.open("pkh-economic", client=CLIENT, by="boss", at="2025-06-01").number == "KSS-2025-0005"
    assert there.verify() == ()


def test_numbers_of_another_pattern_do_not_count(at: At, tmp_path: Path) -> None:
    there = other(tmp_path, office=Office(agency="Lain", case_number="{year}/{number}"))
    take_in(there, exported(at("")))
    assert there.open("pkh-economic", client=CLIENT, by="boss", at="2025-06-01").number == "2025/1"
    assert there.verify() == ()


def test_one_short_name_cannot_be_two_people(at: At, tmp_path: Path) -> None:
    there = other(tmp_path)
    there.add_staff("rina", full_name="Rina Lain", role="social_worker")
    with pytest.raises(Invalid, match="Rina Contoh"):
        take_in(there, exported(at("")))


def changes() -> list[tuple[str, Callable[[list[Line]], object]]]:
    """What somebody could change in an exported file, who makes its end fit again."""

    def first(lines: list[Line], kind: str) -> Line:
        return next(line for line in lines if line["line"] == kind)

    def dropped(kind: str, last: bool) -> Callable[[list[Line]], object]:
        def drop(lines: list[Line]) -> None:
            places = [place for place, line in enumerate(lines) if line["line"] == kind]
            del lines[places[-1 if last else 0]]

        return drop

    def given(kind: str, field: str, value: object) -> Callable[[list[Line]], object]:
        return lambda lines: first(lines, kind).update({field: value})

    return [
        *((f"{kind} dropped, last: {last}", dropped(kind, last)) for kind in _KINDS for last in (False, True)),
        *(
            (f"{kind}.{field}", given(kind, field, value))
            for kind, fields in _OTHER.items()
            for field, value in fields.items()
        ),
    ]


_KINDS = ("event", "record", "document", "workflow", "template", "staff", "case")
_OTHER: dict[str, dict[str, object]] = {
    "case": {
        "number": "KSS-2025-0009",
        "stage": "engagement",
        "status": "active",
        "worker": "sup",
        "client": "Orang Lain",
        "opened_on": "2025-03-02",
        "closed_on": None,
        "head": "0" * 64,
        "version": 3,
        "id": "01a20d2a-0000-7000-8000-000000000000",
        "workflow_digest": "0" * 64,
        "offices": [["x", 99]],
        "cycle": "1",
    },
    "event": {
        "by": "sup",
        "role": "supervisor",
        "on": "2025-03-02",
        "at": "2025-03-02T00:00:00",
        "body": {},
        "kind": "moved",
        "private": {"note": "lain"},
        "prev": "0" * 64,
        "hash": "0" * 64,
        "salt": "0" * 32,
        "seq": 2,
        "commitment": "0" * 64,
    },
    "record": {"content": {"name": "Orang Lain"}, "by": "sup", "on": "2025-03-02", "item": 2, "digest": "0" * 64},
    "document": {"snapshot": {}, "sha256": "0" * 64, "number": "460/1", "template": "0" * 64, "version": 2},
    "workflow": {"data": "{}", "digest": "0" * 64},
    "template": {"source": "{}", "digest": "0" * 64},
    "staff": {"role": "director", "name": "dua kata", "supervisor": "nobody"},
    "export": {"form": 2, "office": None, "line": "import"},
}


@pytest.mark.parametrize(("name", "change"), changes(), ids=[name for name, _ in changes()])
def test_what_was_changed_is_refused_whole(
    name: str, change: Callable[[list[Line]], object], at: At, tmp_path: Path
) -> None:
    lines = parsed(exported(at("")))
    change(lines)
    there = other(tmp_path)
    before = content(tmp_path / "other.db")
    with pytest.raises(Invalid) as refusal:
        take_in(there, sealed(lines))
    assert all(problem.where.startswith("c.json:") for problem in refusal.value.problems)
    assert content(tmp_path / "other.db") == before


def test_a_file_that_was_cut_or_changed_is_no_export(at: At, tmp_path: Path) -> None:
    whole, there = exported(at("")), other(tmp_path)
    lines = whole.splitlines(keepends=True)
    for cut in (
        b"".join(lines[:-1]),
        whole[:-1000],
        b"".join(lines[:5]),
        whole.replace(b"Sarma", b"Sarmi", 1),
        whole + b"{}\n",
        lines[-1],
        b"{}",
        b"",
        b"[]\n",
        whole.replace(b'"form": 1', b'"form": NaN'),
    ):
        with pytest.raises(Invalid):
            take_in(there, cut)
    with pytest.raises(NotFound):
        there.case(NUMBER)
    assert take_in(there, whole.replace(b"\n", b"\r\n")).cases == (NUMBER,)  # another system's ends of lines


def test_every_fault_of_a_file_is_told_at_once(at: At, tmp_path: Path) -> None:
    here = at("")
    here.open("pkh-economic", client=CLIENT, by="rina")
    lines = parsed(exported(here))
    events = [line for line in lines if line["line"] == "event"]
    events[1]["by"], events[-1]["by"] = "sup", "sup"
    with pytest.raises(Invalid) as refusal:
        take_in(other(tmp_path), sealed(lines))
    assert len({problem.where for problem in refusal.value.problems}) == 2


# tables

HARMFUL = ("=HYPERLINK(1)", "+1+1", "-2", "@SUM(A1)", "\tx", "\rx")


@pytest.fixture
def harmful(at: At) -> Casework:
    cw = at("intervention")
    for text in HARMFUL:
        entry = {"date": "2025-11-20", "direction": "income", "amount": 5, "category": text, "note": "biasa"}
        cw.record(NUMBER, "finance", entry, by="rina", again=True)
    return cw


def test_a_text_is_never_a_formula_in_a_workbook(harmful: Casework) -> None:
    book = openpyxl.load_workbook(io.BytesIO(exported(harmful, form="xlsx", lang="en")))
    assert book.sheetnames == ["Cases", "Records", "Finance", "Sessions"]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d", "b"}
    texts = [cell.value for cell in cells if isinstance(cell.value, str)]
    assert {text for text in HARMFUL if text[0] in "=+-@"} <= set(texts)


def test_a_text_is_harmless_in_csv_and_nothing_else_is_changed(harmful: Casework) -> None:
    text = exported(harmful, form="csv", table="finance", lang="en").decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    categories = [row["Category"] for row in rows]
    assert {f"'{one}" for one in HARMFUL} <= {category for category in categories if category.startswith("'")}
    assert all(category[0] not in "=+-@\t\r" for category in categories)
    assert "biasa" in {row["Note"] for row in rows}
    assert {row["Amount (Rp)"] for row in rows} == {"5"}


@pytest.mark.parametrize("table", ["cases", "records", "finance", "sessions"])
def test_a_table_has_its_rows(table: str, at: At) -> None:
    cw = at("")
    rows = list(csv.reader(io.StringIO(exported(cw, form="csv", table=table, lang="id").decode("utf-8-sig"))))
    counts = {"cases": 1, "finance": len(data("finance")), "sessions": len(data("session"))}
    assert len(rows) - 1 == counts.get(table, len(rows) - 1) > 0
    assert {row[0] for row in rows[1:]} == {NUMBER}
    assert rows[0][0] == "Kasus"


def test_the_finance_book_that_goes_out_comes_in_again(at: At, tmp_path: Path) -> None:
    from datetime import date

    from casework_flow import recordtable
    from casework_flow.records.types import RECORD_TYPES

    cw = at("")
    for lang in ("id", "en"):
        out = exported(cw, form="csv", table="finance", lang=lang)
        found = recordtable.read(out, "b.csv", RECORD_TYPES["finance"], date(2025, 12, 1))
        records = [line["content"] for line in parsed(exported(cw)) if line.get("type") == "finance"]
        assert list(found.items) == records


def test_harmful_texts_of_a_finance_book_come_in_again_as_they_were(harmful: Casework) -> None:
    from datetime import date

    from casework_flow import recordtable
    from casework_flow.records.types import RECORD_TYPES

    out = exported(harmful, form="csv", table="finance", lang="id")
    found = recordtable.read(out, "b.csv", RECORD_TYPES["finance"], date(2025, 12, 1))
    assert {text for text in HARMFUL if text[0] in "=+-@"} <= {item["category"] for item in found.items}


def test_the_book_of_several_cases_is_nobodys_book() -> None:
    from datetime import date

    from casework_flow import recordtable
    from casework_flow.records.types import RECORD_TYPES

    out = "Kasus,Butir,Tanggal,Jenis\nKSS-2025-0001,1,2025-11-20,Pemasukan\nKSS-2025-0002,1,2025-11-20,Pemasukan\n"
    with pytest.raises(Invalid) as refusal:
        recordtable.read(out.encode(), "b.csv", RECORD_TYPES["finance"], date(2025, 12, 1))
    (problem,) = refusal.value.problems
    assert "KSS-2025-0001, KSS-2025-0002" in str(problem.message)


def test_choices_in_tables_are_words_of_the_readers_language_and_identifiers_elsewhere(at: At) -> None:
    cw = at("")
    words = {"id": ("ditutup", "Pemasukan", "Kebutuhan"), "en": ("closed", "Income", "Need (spending)")}
    for lang, (status, income, need) in words.items():
        book = openpyxl.load_workbook(io.BytesIO(exported(cw, form="xlsx", lang=lang)))
        for place, (table, wanted) in enumerate(
            {"cases": {status}, "records": {income}, "finance": {income, need}}.items()
        ):
            text = exported(cw, form="csv", table=table, lang=lang).decode("utf-8-sig")
            cells = {cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row}
            assert wanted <= cells
            left = [row for row in csv.reader(io.StringIO(text, newline="")) if {"income", "need"} & set(row)]
            assert left == []
            assert wanted <= {cell.value for row in book.worksheets[place].iter_rows() for cell in row}
    assert '"direction": "income"' in exported(cw).decode()


# memory


@pytest.fixture(scope="module")
def offices(
    office_of_2000: caseload.Office, tmp_path_factory: pytest.TempPathFactory
) -> tuple[caseload.Office, caseload.Office]:
    return caseload.build(tmp_path_factory.mktemp("small"), 200), office_of_2000


class Sink(io.RawIOBase):
    """A stream that keeps nothing."""

    def writable(self) -> bool:
        return True

    def write(self, part: Any) -> int:
        return len(part)


def peak(work: Callable[[], object]) -> int:
    """The most bytes that were held at once during ``work``."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("form", ["json", "csv", "xes", "ocel"])
def test_memory_does_not_grow_with_the_cases_that_go_out(
    form: Form, offices: tuple[caseload.Office, caseload.Office]
) -> None:
    peaks = []
    for office in offices:
        cw = caseload.casework(office.database)
        cw.export(io.BytesIO(), form=form, numbers=[cw.list(limit=1)[0].number])  # what is loaded once
        peaks.append(peak(partial(cw.export, Sink(), form=form, table="records")))
    assert peaks[1] < 2.5 * peaks[0]  # of many cases a second page is read while the first is still held


def test_memory_does_not_grow_with_the_rows_of_a_workbook(offices: tuple[caseload.Office, caseload.Office]) -> None:
    cw = caseload.casework(offices[0].database)
    numbers = [case.number for case in cw.list()]
    cw.export(io.BytesIO(), form="xlsx", numbers=numbers[:1])  # what is loaded once
    peaks = [peak(partial(cw.export, Sink(), form="xlsx", numbers=numbers[:count])) for count in (10, 100)]
    assert peaks[1] < 1.5 * peaks[0]


def test_memory_does_not_grow_with_the_cases_that_come_in(
    offices: tuple[caseload.Office, caseload.Office], tmp_path: Path
) -> None:
    peaks = []
    for place, office in enumerate(offices):
        file = tmp_path / f"{place}.json"
        with file.open("wb") as out:
            caseload.casework(office.database).export(out)
        cw = Casework(
            f"sqlite:///{tmp_path / str(place)}.db", office=caseload.PROFILE, clock=caseload.Clock(caseload.TODAY)
        )
        cw.add_staff("boss", full_name="Bos Contoh", role="supervisor")
        with file.open("rb") as lines:
            peaks.append(peak(partial(cw.import_lines, lines, name="c.json", by="boss")))
        assert len(cw.list()) == len(office.cases)
        assert cw.verify() == ()
    assert peaks[1] < 2.5 * peaks[0]
