"""A template tried out on generated cases: one in which every field is filled to the brim, and an empty one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from . import facts, issuing
from .document import Document, finished
from .documents import render
from .engine import CaseState
from .errors import CaseworkError, Problem
from .messages import Message
from .office import Office
from .records.generated import TEXT, WEEKS, several
from .workflow import ADVANCE, Issue, Workflow

START: Final = date(2025, 3, 3)
HOSTILE: Final = (
    'Baris pertama & "kutipan" <b>bukan tebal</b> {{ 7 * 7 }} {% raw %}\nbaris kedua: =1+1 ' + "panjang" * 40
)
"""What somebody might type, or paste: markup, template syntax, a formula, a line break, a word without an end."""
_NUMBER: Final = "1"


def attempt(
    flow: Workflow, issue: Issue, templates: render.Templates, office: Office, lang: str | None = None
) -> list[Problem]:
    """Render the document of ``issue`` for each generated case, as far as PDF; what went wrong.

    It is in the language ``lang``; without it, in the office's.

    A value that is missing is no fault here: it is marked, as in a draft.
    """
    found: list[Problem] = []
    for said, rows in ((Message("with every field filled"), _filled(flow)), (Message("with no record"), [])):
        try:
            _document(flow, issue, templates, office, rows, lang or office.letter.language).pdf()
        except CaseworkError as fault:
            message = Message("A generated case {said}: {why}", said=said, why=fault.message)
            found.append(Problem(issue.document + render.SUFFIX, message))
    return found


def _filled(flow: Workflow) -> list[dict[str, Any]]:
    return [
        _row(name, number, _brimful(content))
        for name, kind in facts.record_types(flow).items()
        for number, content in enumerate(several(kind, START), 1)
    ]


def _brimful(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _brimful(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_brimful(part) for part in value]
    return HOSTILE if isinstance(value, str) and value.startswith(TEXT) else value


def _row(kind: str, number: int, content: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": f"{kind}-{number}",
        "type": kind,
        "item": number,
        "revision": 1,
        "on": START.isoformat(),
        "by": "worker",
        "content": json.dumps(content),
        "cycle": 1,
        "episode": 1,
        "seq": 1,
    }


def _document(
    flow: Workflow, issue: Issue, templates: render.Templates, office: Office, rows: list[dict[str, Any]], lang: str
) -> Document:
    today = START + timedelta(weeks=WEEKS)
    bundle = templates.bundle(issue.document, lang)
    profile, kept = issuing.letterhead_apart(office.as_data())
    snapshot = _snapshot(flow, issue, profile, lang, today)
    blank = Message("[not filled in yet]").say(lang)
    names = issuing.seen(issue.document, snapshot, bundle, flow, rows, _state(flow), None)
    xml = render.render(bundle, names, lang, issue.document, blank)
    return finished(issue.document, snapshot, xml, names, on=today, file_of=kept.get, blank=blank)


def _snapshot(flow: Workflow, issue: Issue, profile: Any, lang: str, today: date) -> dict[str, Any]:
    person = {"name": "Petugas Contoh", "role": "social_worker", "nip": "198001012005012001", "title": HOSTILE}
    return {
        "office": profile,
        "lang": lang,
        "case": {
            "number": _NUMBER,
            "workflow": flow.name,
            "title": flow.title.say(lang),
            "stage": flow.last,
            "status": "active",
            "cycle": 1,
            "episode": 1,
            "opened_on": START.isoformat(),
            "stage_since": START.isoformat(),
            "worker": person,
            "supervisor": person,
        },
        "approvals": [],
        "move": {
            "move": ADVANCE,
            "because": HOSTILE,
            "title": HOSTILE,
            "from": HOSTILE,
            "to": HOSTILE,
            "status": "active",
            "reason": HOSTILE,
            "until": today.isoformat(),
            "by": {**person, "full_name": person["name"], "supervisor": "Petugas Contoh"},
            "overrides": [{"guard": "contoh", "message": HOSTILE, "reason": HOSTILE}],
        },
        "today": today.isoformat(),
        "each": issue.each.source if issue.each else None,
        "item": 1 if issue.each else 0,
        "version": 2,
        "correction": 1,
        "state": [1, 1, 1],
    }


def _state(flow: Workflow) -> CaseState:
    start = START.isoformat()
    return CaseState(
        number=_NUMBER,
        workflow=flow.name,
        workflow_version=flow.version,
        workflow_digest=flow.digest,
        stage=flow.last,
        status="active",
        cycle=1,
        episode=1,
        worker="worker",
        client="Klien Contoh",
        opened_on=start,
        stage_since=start,
        due_on=None,
        closed_on=None,
        because=None,
        last_on=start,
        version=1,
        head="",
    )
