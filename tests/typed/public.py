"""The types that hosts build on, pinned: this file is only type-checked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, assert_type

import casework_flow as cf
from casework_flow.document import Document
from casework_flow.extensions import NewFormat, NewRecord, Record
from casework_flow.testing import Clock, clients, memory_casework, sample_case
from casework_flow.values import Advanced, Event, Finding, Revision, Upgraded

cf.migrate("sqlite://")
cw = cf.Casework("sqlite://")
assert_type(cw, cf.Casework)

maya = cw.add_staff("maya", full_name="Maya Contoh", role="social_worker")
assert_type(maya, cf.Staff)
assert_type(cw.staff("maya"), cf.Staff)
assert_type(cw.all_staff(), tuple[cf.Staff, ...])

case = cw.open("pkh-economic", client={"name": "Sari"}, by=maya)
assert_type(case, cf.Case)
assert_type(case.number, str)
assert_type(case.due_on, date | None)
assert_type(case.overdue, bool)
assert_type(case.version, int)

assert_type(cw.record(case.number, "intake", {}, by="maya"), cf.Recorded)
assert_type(cw.record(case.number, "session", [{}], by=maya, at=date(2025, 1, 1)), cf.Recorded)
assert_type(cw.record(case.number, "session", {}, by=maya, revise=2, key="k", seen=3), cf.Recorded)

done = cw.advance(case.number, by=maya, at="2025-01-01", override=["guard"], reason="why", dry_run=True)
assert_type(done, cf.Done)
assert_type(done.to, str)
assert_type(cw.move(case.number, "pause", by=maya, reason="why", until=date(2025, 2, 1)), cf.Done)
assert_type(cw.close(case.number, because="goals_met", by=maya), cf.Done)
assert_type(cw.advance_many([case.number], by=maya), Advanced)
assert_type(cw.upgrade("pkh-economic", by=maya), Upgraded)
assert_type(cw.approve(case.number, "plan", by=maya, note="good"), cf.Approval)
assert_type(cw.reject(case.number, "plan", by=maya), cf.Approval)

status = cw.status(case.number)
assert_type(status, cf.Status)
for option in status.moves:
    assert_type(option.allowed, bool)
    for unmet in option.unmet:
        assert_type(unmet.guard, str)
assert_type(cw.case(case.number), cf.Case)
assert_type(cw.history(case.number), tuple[Event, ...])
assert_type(cw.records(case.number, "plan"), tuple[Revision, ...])
assert_type(cw.documents(case.number), tuple[cf.Issued, ...])
assert_type(cw.verify(), tuple[Finding, ...])

document = cw.document(case.number, "contract", item=1, version=2, identity="full")
assert_type(document, Document)
assert_type(document.pdf(), bytes)
assert_type(document.docx(), bytes)
assert_type(document.html(), str)
assert_type(document.text(), str)
assert_type(document.written("odt"), bytes)
assert_type(document.formats, tuple[str, ...])

try:
    cw.advance(case.number, by=maya)
except cf.Refused as no:
    assert_type(no.code, str)
    assert_type([unmet.kind for unmet in no.unmet], list[str])
except cf.Invalid as wrong:
    assert_type([problem.where for problem in wrong.problems], list[str])
except cf.ExtensionFault as fault:
    assert_type(fault.extension, str)
except (cf.Conflict, cf.NotFound) as other:
    base: cf.CaseworkError = other


class HomeCheck(Record):
    note: str


def in_area(code: str) -> bool:
    return bool(code)


def outline(document: Document) -> bytes:
    return document.pdf()


extension = cf.Extension(
    name="humbang",
    records=[NewRecord(name="home_check", title={"id": "a", "en": "a"}, model=HomeCheck, many=True, scope="cycle")],
    functions=[in_area],
    formats=[NewFormat(name="outline", suffix=".outline", media_type="text/plain", write=outline)],
    filters={"shouted": str.upper},
    globals={"hotline": "0811"},
)
assert_type(extension.name, str)
own = cf.Casework(
    "sqlite://",
    office=cf.Office(agency="Dinas"),
    clock=Clock(),
    extensions=[extension],
    installed_extensions=False,
)
assert_type(memory_casework(extensions=(extension,)), cf.Casework)
assert_type(sample_case(own, "planning"), str)
assert_type(Clock()(), datetime)
assert_type(clients().example(), dict[str, Any])
data: Mapping[str, Any] = case.as_data()
