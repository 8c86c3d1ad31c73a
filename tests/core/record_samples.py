"""Sound records, one of each kind, that a test changes in one place. All persons are fictional."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from datetime import date
from typing import Any

from casework_flow.errors import Invalid
from casework_flow.records.base import Entry
from casework_flow.records.input import Checked, validate
from casework_flow.records.types import RECORD_TYPES, RecordType
from casework_flow.records.views import build_views

TODAY = date(2025, 5, 21)

SAMPLES: Mapping[str, dict[str, Any]] = {
    "client": {
        "name": "Sarma Contoh",
        "initials": "S",
        "sex": "female",
        "birth_date": "1992-08-12",
        "nik": "1216065208929999",
        "address": {"region": {"scheme": "kemendagri", "code": "12.16.06"}},
    },
    "intake": {
        "received_on": "2025-03-03",
        "source": "outreach",
        "presenting_problem": "Kesulitan ekonomi",
        "eligibility": {"ok": True},
    },
    "consent": {
        "type": "service",
        "given_by": "Sarma Contoh",
        "method": "written",
        "text_version": "2025.1",
        "given_on": "2025-03-06",
    },
    "contract": {
        "focus": ["keuangan"],
        "goals": ["mencatat"],
        "methods": ["kunjungan"],
        "worker_role": "mendampingi",
        "client_role": "mencatat",
        "duration_weeks": 8,
        "visits_per_week": 1,
        "agreed_on": "2025-03-06",
        "agreed_method": "written",
        "start_on": "2025-03-17",
    },
    "addendum": {"weeks": 4, "agreed_on": "2025-05-09", "agreed_method": "written"},
    "genogram": {
        "index": "s",
        "members": [{"id": "s", "age": 32}, {"id": "a", "age": 13}],
        "relations": [{"a": "s", "b": "a", "kind": "parent_child"}],
    },
    "ecomap": {
        "systems": [{"id": "peers", "name": "Sesama peserta"}, {"id": "lpk", "name": "Lembaga pelatihan"}],
        "ties": [{"system": "peers", "strength": "strong"}, {"system": "lpk", "strength": "absent"}],
    },
    "assessment": {
        "started_on": "2025-03-10",
        "finished_on": "2025-03-13",
        "methods": ["wawancara"],
        "conclusion": "Kontrol rendah",
        "recommendation": "Pelatihan",
        "items": [
            {"id": "p1", "kind": "problem", "statement": "Tidak mencatat", "priority": 2},
            {"id": "p2", "kind": "problem", "statement": "Ragu", "priority": 1},
            {"id": "n1", "kind": "need", "statement": "Kontrol"},
            {"id": "s1", "kind": "strength", "statement": "Jaringan"},
        ],
        "risk": {"screened": True},
    },
    "plan": {
        "components": [
            {
                "title": "Keuangan",
                "needs": ["n1"],
                "goal": "Mencatat setiap hari",
                "activities": [{"title": "Latihan", "week_from": 1, "week_to": 8}],
                "indicators": [
                    {
                        "code": "RUN",
                        "title": "Minggu",
                        "baseline": 0,
                        "target": 4,
                        "measure": "finance.longest_run",
                    }
                ],
            }
        ]
    },
    "session": {"week_no": 1, "held_on": "2025-03-19", "kind": "home_visit", "status": "held"},
    "supervision": {"date": "2025-03-20", "note": "Lanjutkan"},
    "finance": {
        "date": "2025-03-17",
        "direction": "expense",
        "amount": 70000,
        "category": "pangan",
        "purpose": "need",
    },
    "evaluation": {
        "held_on": "2025-05-14",
        "results": [{"code": "RUN", "value": 5, "rating": "met", "evidence": "Buku keuangan"}],
        "recommendation": "terminate",
    },
    "termination": {"reason": "goals_met", "reviewed_on": "2025-05-21"},
    "referral": {"to": "Puskesmas", "reason": "Kesehatan", "sharing_consent": True},
}


def sample(name: str, /, **changes: Any) -> dict[str, Any]:
    """The sound record ``name``; a change to None takes the field away."""
    record = {**deepcopy(SAMPLES[name]), **changes}
    return {field: value for field, value in record.items() if value is not None}


def check(name: str, data: object, **more: Any) -> Checked:
    """Validate a record of the shipped type ``name``."""
    return validate(RECORD_TYPES[name], data, **{"today": TODAY, **more})


def faults(name: str | RecordType, data: object, **more: Any) -> dict[str, str]:
    """What is wrong with a record, by path; empty when nothing is."""
    kind = RECORD_TYPES[name] if isinstance(name, str) else name
    try:
        validate(kind, data, **{"today": TODAY, **more})
    except Invalid as refused:
        problems = refused.problems
    else:
        return {}
    assert problems, "a refusal without a reason"
    return {problem.where: problem.say("en") for problem in problems}


def entry(content: dict[str, Any], item: int = 1) -> Entry:
    """A current revision of a record."""
    return Entry(f"e{item}", item, 1, TODAY, "rina", content, 1, 1)


def views(
    records: Mapping[str, Any],
    *,
    today: date = TODAY,
    settings: Mapping[str, Any] | None = None,
    case: Mapping[str, Any] | None = None,
    forms: Mapping[str, RecordType] | None = None,
) -> dict[str, Any]:
    """The views of a case that holds ``records``: one content, or a list of them, by type."""
    entries = {
        name: [
            entry(one, number) for number, one in enumerate(given if isinstance(given, list) else [given], start=1)
        ]
        for name, given in records.items()
    }
    return build_views(
        entries, today=today, settings=settings or {}, case=case or {}, approvals=None, forms=forms or {}
    )
