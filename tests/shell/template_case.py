"""Case S as the templates see it: the records of ``examples/case-s``, and a move for each document."""

from __future__ import annotations

import copy
import csv
import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from casework_flow import facts, issuing
from casework_flow.documents import render
from casework_flow.documents.identity import Identity
from casework_flow.engine import CaseState
from casework_flow.office import DataProtection, Letter, Office, Official
from casework_flow.records.input import from_csv_row, validate
from casework_flow.resources import shipped
from casework_flow.workflow import Workflow, from_data
from casework_flow.yaml12 import parse

Records = dict[str, Any]

CLOSING_DAY = date(2025, 5, 21)
TEMPLATES = render.Templates([shipped("templates")])
OFFICE = Office(
    agency="Dinas Sosial Kabupaten Contoh",
    government="Pemerintah Kabupaten Contoh",
    address="Jalan Contoh Nomor 1, Doloksanggul 22457",
    contact="telepon (0633) 000000, surel dinsos@contoh.example",
    place="Doloksanggul",
    head=Official(title="Kepala Dinas Sosial", name="Kepala Contoh, S.Sos., M.Si.", nip="197505052000031002"),
    letter=Letter(),
    data_protection=DataProtection(),
).as_data()
WORKER = {"name": "Rina Contoh", "role": "practicum_student", "nip": None, "title": "Praktikan Pekerjaan Sosial"}
SUPERVISOR = {
    "name": "Supervisor Contoh, S.Tr.Sos.",
    "role": "supervisor",
    "nip": "198001012005012001",
    "title": "Supervisor Pekerjaan Sosial",
}
WORKFLOW: Workflow = from_data(
    {
        "workflow": "pkh-economic",
        "version": 1,
        "title": {"id": "Pendampingan Ekonomi Keluarga PKH", "en": "Economic casework"},
        "settings": {"consistent_days": 6},
        "permissions": {},
        "stages": {},
        "closures": {},
    }
)
KINDS = facts.record_types(WORKFLOW)

EXTENDED = {
    "weeks": 2,
    "reason": "Sasaran pendapatan memerlukan waktu tambahan",
    "agreed_on": "2025-05-12",
    "agreed_method": "written",
}
REFERRED = {
    "to": "Balai Latihan Kerja Kabupaten Contoh",
    "reason": "Klien memerlukan pelatihan pengolahan pangan",
    "summary": "Klien telah mampu mencatat keuangan keluarga secara mandiri",
    "services_requested": "Pelatihan pengolahan dan pengemasan makanan ringan",
    "sharing_consent": True,
    "sent_on": "2025-05-21",
}
DIED = {"reason": "died", "died_on": "2025-05-20", "evidence": "Surat keterangan kematian dari desa"}

NAMES = (
    "intake", "consent", "contract", "assessment", "plan", "visit_report", "progress_note", "evaluation",
    "termination_record", "termination_letter", "referral", "addendum", "change_record", "closure_notice",
    "family_letter",
)  # fmt: skip

_DAYS = {
    **dict.fromkeys(("intake", "consent", "contract", "closure_notice"), "2025-03-06"),
    "assessment": "2025-03-13",
    "plan": "2025-03-17",
    **dict.fromkeys(("visit_report", "progress_note", "addendum"), "2025-05-12"),
    **dict.fromkeys(("evaluation", "change_record"), "2025-05-16"),
}
_MOVES: Mapping[str, dict[str, Any]] = {
    "termination_record": {"move": "close", "because": "goals_met", "title": "Tujuan tercapai"},
    "termination_letter": {"move": "close", "because": "goals_met", "title": "Tujuan tercapai"},
    "referral": {"move": "close", "because": "referred", "title": "Dirujuk"},
    "addendum": {"move": "extend", "title": "Perpanjangan masa intervensi"},
    "change_record": {
        "move": "replan",
        "title": "Penyusunan rencana baru",
        "reason": "Target pendapatan perlu disusun kembali",
    },
    "closure_notice": {"move": "close", "because": "ineligible", "title": "Tidak memenuhi syarat layanan"},
    "family_letter": {"move": "close", "because": "died", "title": "Klien meninggal dunia"},
}


def records() -> Records:
    """The data of case S, by record type, with what the other documents need."""
    folder = shipped("examples") / "case-s"
    found: Records = {"addendum": [], "supervision": []}
    for path in sorted(folder.glob("*.yaml")):
        kind = {"consents": "consent", "sessions": "session"}.get(path.stem, path.stem)
        if kind in KINDS:
            found[kind] = parse(path.read_text(encoding="utf-8"))[0]
    with (folder / "finance.csv").open(newline="", encoding="utf-8") as book:
        found["finance"] = [from_csv_row(KINDS["finance"], row) for row in csv.DictReader(book)]
    return found


CASE_S = records()


def document(
    name: str,
    change: Callable[[Records], object] = lambda _: None,
    *,
    move: Mapping[str, Any] | None = None,
    office: Mapping[str, Any] | None = None,
    case: Mapping[str, Any] | None = None,
    correction: int = 0,
    item: int = 4,
    identity: Identity | None = None,
    lang: str = "id",
) -> str:
    """The XML of the document ``name`` of case S, in the language ``lang``.

    ``change`` may alter the records before they are validated; ``move``, ``office`` and ``case`` replace what
    the document is told of these; ``item`` is the session of a visit report.
    """
    data = copy.deepcopy(CASE_S)
    if name == "addendum":
        data["addendum"] = [dict(EXTENDED)]
    if name in ("referral", "closure_notice"):
        data["referral"] = dict(REFERRED)
    if name == "closure_notice":
        del data["contract"]
        data["referral"]["sent_on"] = "2025-03-06"
    if name == "family_letter":
        data["termination"] = dict(DIED)
    if name in ("visit_report", "progress_note"):  # nobody has evaluated yet
        del data["evaluation"], data["termination"]
    change(data)
    today = date.fromisoformat(_DAYS.get(name, CLOSING_DAY.isoformat()))
    snapshot = {
        "office": {**OFFICE, **(office or {})},
        "lang": lang,
        "case": {
            "number": "KSS-2025-0001",
            "workflow": WORKFLOW.name,
            "title": WORKFLOW.title.say(lang),
            "stage": "termination",
            "status": "active",
            "cycle": 1,
            "episode": 1,
            "opened_on": "2025-03-03",
            "stage_since": "2025-05-12",
            "worker": WORKER,
            "supervisor": SUPERVISOR,
            **(case or {}),
        },
        "approvals": [
            {"what": what, "because": None, "record": "r", "by": "sup", "role": "supervisor", "on": on}
            for what, on in (("contract", "2025-03-06"), ("plan", "2025-03-14"), ("evaluation", "2025-05-16"))
        ],
        "move": {
            "move": "advance",
            "because": None,
            "title": None,
            "from": "Evaluasi",
            "to": "Perencanaan",
            "reason": None,
            "by": {"name": "sup", "full_name": SUPERVISOR["name"], "role": "supervisor", "title": None},
            "overrides": [],
            **_MOVES.get(name, {}),
            **(move or {}),
        },
        "today": today.isoformat(),
        "each": "sessions.held_items" if name == "visit_report" else None,
        "item": item,
        "version": correction + 1,
        "correction": correction,
        "state": [1, 1, 1],
    }
    bundle = TEMPLATES.bundle(name, lang)
    return issuing.to_xml(name, snapshot, bundle, WORKFLOW, _rows(data), _state(), identity)


def _rows(data: Records) -> list[dict[str, Any]]:
    rows = []
    for kind, recorded in data.items():
        for number, content in enumerate(recorded if isinstance(recorded, list) else [recorded], 1):
            checked = validate(KINDS[kind], content, today=CLOSING_DAY)
            rows.append(
                {
                    "id": f"{kind}-{number}",
                    "type": kind,
                    "item": number,
                    "revision": 1,
                    "on": "2025-03-03",
                    "by": "rina",
                    "content": json.dumps(checked.content),
                    "cycle": 1,
                    "episode": 1,
                    "seq": 1,
                }
            )
    return rows


def _state() -> CaseState:
    return CaseState(
        number="KSS-2025-0001",
        workflow=WORKFLOW.name,
        workflow_version=1,
        workflow_digest=WORKFLOW.digest,
        stage="termination",
        status="active",
        cycle=1,
        episode=1,
        client="Sarma Contoh",
        worker="rina",
        opened_on="2025-03-03",
        stage_since="2025-05-12",
        due_on=None,
        closed_on=None,
        because=None,
        last_on="2025-05-21",
        version=1,
        head="",
    )
