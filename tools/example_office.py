"""An office with some cases, for the documentation: its pictures are taken there, and its commands are tried there.

Case S is walked again and again, each time for another family and some weeks earlier or later, up to one day. All
persons are fictional.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from casework_flow import facts
from casework_flow.casework import Casework
from casework_flow.cli.demo import load_walk
from casework_flow.cli.files import read
from casework_flow.cli.project import fill

CASE_S = Path(__file__).parents[1] / "examples" / "case-s"
TODAY = date(2025, 5, 20)
"""The day on which the office is seen."""
STAFF = (
    {"name": "kepala", "full_name": "Kepala Contoh, S.Sos.", "role": "office_head", "title": "Kepala Dinas Sosial"},
    {
        "name": "sup",
        "full_name": "Supervisor Contoh, S.Sos.",
        "role": "supervisor",
        "title": "Pekerja Sosial Ahli Muda",
    },
    {"name": "rina", "full_name": "Rina Contoh", "role": "practicum_student", "supervisor": "sup"},
    {"name": "maya", "full_name": "Maya Contoh", "role": "social_worker", "supervisor": "sup"},
    {"name": "togar", "full_name": "Togar Contoh", "role": "social_worker", "supervisor": "sup"},
)


class Family(NamedTuple):
    """Whose case it is, who works in it, and how many weeks later than case S it began."""

    client: str
    nik: str
    worker: str
    later: int
    stop: str = ""
    """The step before which the walk stops, though its day has come: ``record plan``, ``approve plan`` …"""


FAMILIES = (
    Family("Sarma Contoh", "1216065208929999", "rina", 0, "close"),
    Family("Tiur Misal", "1216064507889998", "rina", 5),
    Family("Rotua Umpama", "1216065903859997", "maya", 3),
    Family("Lasma Rekaan", "1216066111909996", "rina", 8, "approve plan"),
    Family("Dame Teladan", "1216034802879995", "maya", 9, "record assessment"),
    Family("Hotma Andaian", "1216036707919994", "togar", 10),
    Family("Minar Fiksi", "1216034404839993", "rina", 10, "approve contract"),
    Family("Saur Contohan", "1216065512869992", "maya", 11),
    Family("Riama Misal", "1216066809939991", "togar", 1, "approve evaluation"),
    Family("Nurhaida Umpama", "1216064210809990", "maya", -1),
    Family("Tetti Rekaan", "1216065006899989", "togar", -2),
    Family("Berliana Fiksi", "1216036303949988", "maya", -3),
    Family("Kartini Teladan", "1216034908849987", "togar", -5),
    Family("Sondang Andaian", "1216066402899986", "maya", -6),
)


def build(folder: Path) -> Casework:
    """Make the office's project in ``folder``."""
    folder.mkdir(parents=True)
    plan = load_walk(CASE_S)
    cw = fill(folder, plan["office"])
    for person in STAFF:
        cw.add_staff(**person)
    for family in sorted(FAMILIES, key=lambda one: one.later):
        _walk(cw, plan["steps"], family)
    return cw


def _walk(cw: Casework, steps: list[dict[str, Any]], family: Family) -> None:
    shift = timedelta(weeks=family.later)
    number, at, by = "", date.min, ""
    for given in steps:
        step = dict(given)
        if "at" in step:
            at = date.fromisoformat(str(step.pop("at"))) + shift
        by, verb = step.pop("by", by), step.pop("do")
        what = " ".join([verb, step.get("what") or step.get("record") or ""]).strip()
        visits = step.get("record") in ("session", "finance")
        if what == family.stop or (at > TODAY and not visits):
            return
        if verb == "approve" and step["what"] == "contract" and family.worker != "rina":
            continue
        how = {"at": min(at, TODAY).isoformat(), "by": family.worker if by == "rina" else by}
        if verb == "open":
            client = _shifted(read(str(CASE_S / step["client"])).data, timedelta())
            client |= {"name": family.client, "initials": family.client[0], "nik": family.nik}
            number = cw.open(step["workflow"], client=client, **how).number
        elif verb == "record":
            kind = facts.record_types(cw.workflow(number))[step["record"]]
            data = _shifted(read(str(CASE_S / step["file"]), kind).data, shift)
            if visits:
                data = [item for item in data if (item.get("held_on") or item["date"]) < TODAY.isoformat()]
            if step["record"] == "consent":
                data = [{**item, "given_by": family.client} for item in data]
            if data:
                cw.record(number, step["record"], data, **how)
        else:
            getattr(cw, verb)(number, **step, **how)


def _shifted(value: Any, by: timedelta) -> Any:
    """``value`` with every date in it ``by`` later."""
    if isinstance(value, dict):
        return {key: _shifted(item, by) for key, item in value.items()}
    if isinstance(value, list):
        return [_shifted(item, by) for item in value]
    if isinstance(value, date):
        return (value + by).isoformat()
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return (date.fromisoformat(value) + by).isoformat()
    return value
