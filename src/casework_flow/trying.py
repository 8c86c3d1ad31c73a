"""A template tried out on generated cases: one in which every field is filled to the brim, and an empty one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

from . import facts, issuing
from .document import Document, finished
from .documents import render
from .documents.identity import Identity
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
    for said, rows in ((Message("with every field filled"), filled(flow, _brimful)), (Message("with no record"), [])):
        file = issue.document + render.SUFFIX
        try:
            made = document(flow, issue, templates, office, rows, lang or office.letter.language)
            replace(made, word="").pdf()
            if made.word:
                file = issue.document + render.WORD_SUFFIX
                made.docx()
        except CaseworkError as fault:
            message = Message("A generated case {said}: {why}", said=said, why=fault.message)
            found.append(Problem(file, message))
    return found


def filled(flow: Workflow, change: Callable[[Any], Any]) -> list[dict[str, Any]]:
    """The stored rows of a case with all its records, each of them changed by ``change``."""
    return [
        row(name, number, change(content))
        for name, kind in facts.record_types(flow).items()
        for number, content in enumerate(several(kind, START), 1)
    ]


def _brimful(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _brimful(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_brimful(part) for part in value]
    return HOSTILE if isinstance(value, str) and value.startswith(TEXT) else value


def row(kind: str, number: int, content: Mapping[str, Any]) -> dict[str, Any]:
    """A record as the store gives it, the ``number``-th of its ``kind``."""
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


def document(
    flow: Workflow,
    issue: Issue,
    templates: render.Templates,
    office: Office,
    rows: Sequence[Mapping[str, Any]],
    lang: str,
    *,
    identity: Identity | None = None,
    said: str = HOSTILE,
) -> Document:
    """The draft of a document of a case that has the stored ``rows`` of records.

    Args:
        flow: the case's workflow.
        issue: how it issues the document.
        templates: the office's templates.
        office: the office.
        rows: the records, as ``filled`` gives them.
        lang: the language of the document.
        identity: how the client is named; without it, as the template says.
        said: what stands in the free texts that belong to no record.

    Raises:
        TemplateFault: the template is wrong.
    """
    today = START + timedelta(weeks=WEEKS)
    bundle = templates.bundle(issue.document, lang)
    profile, kept = issuing.letterhead_apart(office.as_data())
    snapshot = _snapshot(flow, issue, profile, lang, today, said)
    blank = Message("[not filled in yet]").say(lang)
    names = issuing.seen(issue.document, snapshot, bundle, flow, rows, _state(flow), identity)
    xml = render.render(bundle, names, lang, issue.document, blank, flow.added)
    return finished(
        issue.document,
        snapshot,
        xml,
        names,
        added=flow.added,
        on=today,
        file_of=kept.get,
        blank=blank,
        word=render.word_of(bundle),
    )


def _snapshot(flow: Workflow, issue: Issue, profile: Any, lang: str, today: date, said: str) -> dict[str, Any]:
    person = {"name": "Petugas Contoh", "role": "social_worker", "nip": "198001012005012001", "title": said}
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
            "because": said,
            "title": said,
            "from": said,
            "to": said,
            "status": "active",
            "reason": said,
            "until": today.isoformat(),
            "by": {**person, "full_name": person["name"], "supervisor": "Petugas Contoh"},
            "overrides": [{"guard": "contoh", "message": said, "reason": said}],
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
