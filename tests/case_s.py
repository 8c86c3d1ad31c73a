"""Case S through the front door: the real store in a folder, a clock that stands still, and the walk so far."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from casework_flow.casework import Casework
from casework_flow.errors import Refused
from casework_flow.office import Office
from casework_flow.records.input import from_csv_row
from casework_flow.records.types import RECORD_TYPES
from casework_flow.values import Done
from casework_flow.yaml12 import parse

ROOT = Path(__file__).parents[1]
CASE_S = ROOT / "examples" / "case-s"
TEMPLATES = Path(__file__).parent / "stateful" / "templates"
WORKFLOW: dict[str, Any] = yaml.safe_load((ROOT / "workflows" / "pkh-economic.yaml").read_text(encoding="utf-8"))
"""The shipped workflow as plain YAML, not through the software's own loader."""
STAGES = list(WORKFLOW["stages"])

At = Callable[[str], Casework]
"""Opens the office in which case S has just entered a stage; ``""`` is the case closed."""

NUMBER = "KSS-2025-0001"
OFFICE = Office(agency="Dinas Sosial Kabupaten Humbang Hasundutan", place="Doloksanggul")
SUPERVISOR_NIP = "198502022010012002"
STAFF: tuple[dict[str, str], ...] = (
    {"name": "head", "full_name": "Kepala Contoh", "role": "office_head"},
    {"name": "sup", "full_name": "Supervisor Contoh", "role": "supervisor", "nip": SUPERVISOR_NIP},
    {"name": "rina", "full_name": "Rina Contoh", "role": "practicum_student", "supervisor": "sup"},
    {"name": "maya", "full_name": "Maya Contoh", "role": "social_worker", "supervisor": "sup"},
    {"name": "budi", "full_name": "Budi Contoh", "role": "auditor"},
)


@dataclass
class Clock:
    """A clock that stands still until somebody sets it."""

    now: datetime = field(default_factory=lambda: datetime(2025, 12, 1, 8, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now


def casework(database: Path, clock: Clock | None = None, templates: Path = TEMPLATES) -> Casework:
    """The front door to the SQLite file ``database``."""
    return Casework(f"sqlite:///{database}", office=OFFICE, templates=[templates], clock=clock or Clock())


def data(name: str) -> Any:
    """The content of one of case S's files, by the name of its record."""
    if name == "finance":
        with (CASE_S / "finance.csv").open(newline="", encoding="utf-8") as book:
            return [from_csv_row(RECORD_TYPES["finance"], row) for row in csv.DictReader(book)]
    file = CASE_S / f"{ {'consent': 'consents', 'session': 'sessions'}.get(name, name) }.yaml"
    return parse(file.read_text(encoding="utf-8"), file.name)[0]


def steps() -> Iterator[tuple[str, dict[str, Any]]]:
    """The verbs that walk case S, with their arguments; whoever takes one does it."""
    at, by = "", ""
    for given in yaml.safe_load((CASE_S / "walk.yaml").read_text(encoding="utf-8"))["steps"]:
        step = dict(given)
        at, by = str(step.pop("at", at)), step.pop("by", by)
        verb = step.pop("do")
        if verb == "open":
            step["client"] = data("client")
        if verb == "record":
            del step["file"]
            step["data"] = data(step["record"])
        yield verb, {**step, "at": at, "by": by}


def do(cw: Casework, verb: str, arguments: dict[str, Any]) -> Any:
    """Do one step of the walk."""
    numbered = () if verb == "open" else (NUMBER,)
    return getattr(cw, verb)(*numbered, **arguments)


def walk(cw: Casework, until: str = "") -> None:
    """Walk case S until it has entered the stage ``until``; to its end where none is named."""
    for person in STAFF:
        cw.add_staff(**person)
    for verb, arguments in steps():
        do(cw, verb, arguments)
        if until and verb in ("open", "advance") and cw.case(NUMBER).stage == until:
            return


class Databases:
    """Databases in which case S has come as far as a stage; each is walked once and then copied."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def at(self, stage: str, destination: Path) -> Path:
        """A copy of the database in which the case has just entered ``stage``; ``""`` is the case closed."""
        made = self.folder / f"{stage or 'closed'}.db"
        if not made.exists():
            walk(casework(made), stage)
        return Path(shutil.copyfile(made, destination))


ATTEMPTS = [{"date": f"2025-03-0{day}", "how": "kunjungan rumah"} for day in (4, 5, 6)]
REFERRED = {
    "to": "Balai Contoh",
    "reason": "pelatihan usaha",
    "sharing_consent": True,
    "sent_on": "2025-03-05",
    "acknowledged_on": "2025-03-06",
}
SHARING = {
    "type": "sharing",
    "given_by": "Sarma Contoh",
    "method": "written",
    "text_version": "2025.1",
    "given_on": "2025-03-05",
}
ENDINGS: dict[str, dict[str, Any]] = {
    "client_withdrew": {"termination": {"statement": "tidak ingin melanjutkan"}},
    "moved": {"termination": {"new_address": "tidak diketahui", "statement": "rujukan tidak perlu"}},
    "died": {"termination": {"died_on": "2025-03-06", "evidence": "surat keterangan desa"}},
    "referred": {"termination": {}, "referral": REFERRED, "consent": SHARING},
    "agency_limit": {"termination": {}, "referral": REFERRED, "consent": SHARING},
    "lost_contact": {"termination": {"attempts": ATTEMPTS}},
    "graduated": {"termination": {"pkh_status_after": "graduated", "evidence": "surat graduasi"}},
    "ineligible": {"termination": {}, "supervision": {"date": "2025-03-06", "note": "tidak memenuhi syarat"}},
    "void": {"termination": {}, "supervision": {"date": "2025-03-06", "note": "tercatat dua kali"}},
}
"""What must be recorded to close the case for each reason but the regular ones."""


def prepare_closing(cw: Casework, reason: str, at: str) -> None:
    """Record what closing for ``reason`` asks for, and let it be approved where somebody must."""
    for record, content in ENDINGS[reason].items():
        reason_given = {"reason": reason} if record == "termination" else {}
        by = "sup" if record == "supervision" else "rina"
        cw.record(NUMBER, record, {**reason_given, **content}, by=by, at=at)
    option = next(move for move in cw.status(NUMBER, at=at).moves if move.because == reason)
    if any(requirement.fix == "approve close" for requirement in option.unmet):
        ask(cw, "close", at, because=reason)


def ask(cw: Casework, move: str, at: str, **how: Any) -> None:
    """Try a move that must be approved, which asks for the approval, and let the supervisor give it."""
    refusal = refused(cw, move, at=at, **how)
    assert len(refusal.unmet) == 1
    cw.approve(NUMBER, move, by="sup", at=at)


def refused(cw: Casework, move: str, **how: Any) -> Refused:
    """Try a move by which the rules must refuse; the refusal."""
    with pytest.raises(Refused) as refusal:
        make(cw, move, **how)
    return refusal.value


def make(cw: Casework, move: str, *, by: str = "rina", **how: Any) -> Done:
    """Make a move, by its name."""
    if move == "advance":
        return cw.advance(NUMBER, by=by, **how)
    if move == "close":
        return cw.close(NUMBER, by=by, **how)
    return cw.move(NUMBER, move, by=by, **{"reason": "keadaan keluarga berubah", **how})


def guards(refusal: Refused) -> list[str]:
    """The requirements that a refusal names."""
    return [requirement.guard for requirement in refusal.unmet]
