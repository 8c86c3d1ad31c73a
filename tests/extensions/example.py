"""An extension of a fictional office, with one of everything that a host may add, and a workflow that uses it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import Field

from casework_flow import Extension
from casework_flow.document import Document
from casework_flow.extensions import DoneOn, LongText, NewFormat, NewRecord, Record, Rupiah, label, one_of

WORKFLOW = """
workflow: area
version: 1
title: {id: Wilayah, en: Area}
stages:
  start:
    title: {id: Awal, en: Start}
    days: 5
    requires:
      - guard: in_area
        kind: professional
        check: humbang.in_area(client.address.region.code)
        say: {id: Klien di luar wilayah kerja, en: The client lives outside the area}
        fix: client
      - guard: safe
        kind: professional
        check: not home_check.unsafe and home_check.risk in ["low"]
        say: {id: Rumah belum diperiksa, en: The home is not checked}
        fix: home_check
    documents: [letter]
  ending:
    title: {id: Akhir, en: End}
closures:
  done: {complete: true, title: {id: Selesai, en: Done}}
"""
TEMPLATE = (
    '<document title="Surat"><p>{{ client.name|shouted }}, {{ hotline }}, {{ home_check.checked_on }}, '
    "{{ humbang.days_between(home_check.checked_on, today) }}, {{ fee_words(home_check.cost) }}</p></document>"
)
CLIENT = {
    "name": "Sari Contoh",
    "initials": "Sc",
    "sex": "female",
    "birth_date": "1990-01-01",
    "nik_absent_reason": "belum ada",
    "address": {"region": {"scheme": "kemendagri", "code": "12.16.01"}, "detail": "Jalan Contoh 1"},
}
CHECK = {"checked_on": "2025-11-20", "unsafe": False, "risk": "low", "cost": 50_000, "note": "Baik"}


class HomeCheck(Record):
    checked_on: Annotated[DoneOn, label(id="Tanggal pemeriksaan", en="Checked on")]
    unsafe: Annotated[bool, label(id="Tidak aman", en="Unsafe")]
    risk: Annotated[
        str,
        one_of(low={"id": "rendah", "en": "low"}, high={"id": "tinggi", "en": "high"}),
        label(id="Risiko", en="Risk"),
    ]
    cost: Annotated[Rupiah | None, label(id="Biaya", en="Cost")] = None
    note: Annotated[LongText | None, label(id="Catatan", en="Note")] = Field(None)


def in_area(code: str) -> bool:
    return code.startswith("12.16")


def days_between(first: date, last: date) -> int:
    return (last - first).days


def fee_words(amount: int) -> str:
    return f"Rp{amount}"


def shouted(text: str) -> str:
    return text.upper()


def outline(document: Document) -> bytes:
    return f"{document.name} of {document.on}".encode()


def extension(name: str = "humbang", **changed: object) -> Extension:
    """The extension, with other parts where they are given."""
    parts: dict[str, object] = {
        "records": [NewRecord(name="home_check", title={"id": "Periksa rumah", "en": "Home check"}, model=HomeCheck)],
        "functions": [in_area, days_between],
        "formats": [NewFormat(name="outline", suffix=".outline", media_type="text/plain", write=outline)],
        "filters": {"shouted": shouted},
        "globals": {"hotline": "0811", "fee_words": fee_words},
    }
    return Extension(name=name, **{**parts, **changed})  # type: ignore[arg-type]  # each is what the case asks for


def files(folder: Path, workflow: str = WORKFLOW, template: str = TEMPLATE) -> dict[str, list[Path]]:
    """Write the workflow and its template; the folders, as ``Casework`` takes them."""
    for name, suffix, text in (("workflows", "area.yaml", workflow), ("templates", "letter.xml.j2", template)):
        (folder / name).mkdir(exist_ok=True, parents=True)
        (folder / name / suffix).write_text(text, encoding="utf-8")
    return {"workflows": [folder / "workflows"], "templates": [folder / "templates"]}
