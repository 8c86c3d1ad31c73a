"""Case S through the front door: the real store in a folder, a clock that stands still, and the walk so far."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from casework_flow.casework import Casework
from casework_flow.office import Office
from casework_flow.records.input import from_csv_row
from casework_flow.records.types import RECORD_TYPES
from casework_flow.yaml12 import parse

ROOT = Path(__file__).parents[1]
CASE_S = ROOT / "examples" / "case-s"
TEMPLATES = Path(__file__).parent / "stateful" / "templates"
WORKFLOW: dict[str, Any] = yaml.safe_load((ROOT / "workflows" / "pkh-economic.yaml").read_text(encoding="utf-8"))
"""The shipped workflow as plain YAML, not through the software's own loader."""
STAGES = list(WORKFLOW["stages"])

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
    file = CASE_S / f"{ {'consent': 'consents', 'session': 'sessions'}.get(name, name)}.yaml"
    return parse(file.read_text(encoding="utf-8"), file.name)[0]


def steps(cw: Casework) -> Iterator[tuple[str, dict[str, Any]]]:
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
    for verb, arguments in steps(cw):
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
