"""An issued document in another language: what was recorded stays as it is, what the office says about it changes.

Issued is the document in the office's language, and it alone. A translation is made from the same snapshot and the
same template, by today's catalogues, and says on its face what it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from html import escape
from typing import Any, Final

from . import issuing
from .cases import Engines
from .document import Document, finished
from .documents import markup, render
from .documents.identity import Identity
from .documents.language import filters, name_of
from .engine import CaseState
from .errors import Invalid, Problem
from .messages import Message, Sayable, Text, languages
from .store.store import Transaction
from .workflow import Workflow

_ROOT: Final = re.compile(r"<document\b[^>]*>")


def known(lang: str) -> str:
    """``lang``, which the software must speak.

    Raises:
        Invalid: it does not.
    """
    if lang in languages():
        return lang
    hint = Message("The languages are: {names}.", names=languages())
    raise Invalid(Message("There is no language {lang}.", lang=lang), [Problem("lang", hint)])


def open_translation(
    tx: Transaction,
    row: Mapping[str, Any],
    state: CaseState,
    engines: Engines,
    templates: render.Templates,
    lang: str,
    identity: Identity | None = None,
) -> Document:
    """An issued document from its stored row in the language ``lang``: the document itself, if it is in that one.

    Raises:
        Invalid: there is no such language, or a catalogue cannot be read.
        TemplateFault: the template is not translated.
        CaseworkError: what is rendered now is not what was issued.
    """
    known(lang)
    issued = issuing.open_document(tx, row, state, engines, identity)
    if issued.lang == lang:
        return issued
    workflow = engines.workflow(tx, json.loads(row["snapshot"])["workflow"])
    snapshot = _retold(json.loads(row["snapshot"]), workflow, lang)
    bundle = templates.translated(tx.template(row["template"]) or "", issued.lang, lang)
    names = issuing.seen(row["name"], snapshot, bundle, workflow, tx.records(row["case_id"]), state, identity)
    xml = render.render(bundle, names, lang, row["name"], added=workflow.added)
    root = _ROOT.search(xml)
    end = root.end() if root else 0
    remark = escape(_remark(issued, lang))
    return finished(
        row["name"],
        snapshot,
        f"{xml[:end]}<note>{remark}</note>{xml[end:]}",
        names,
        added=workflow.added,
        on=date.fromisoformat(row["on"][:10]),
        file_of=tx.template,
        number=row["number"],
        id=row["id"],
        sha256=row["sha256"],
        translates=issued.lang,
    )


def _remark(issued: Document, lang: str) -> str:
    """What a translation says about itself."""
    said = Message(
        "Translation into {language}. The document itself was issued in {original} on {day}: {title}, version "
        "{version}. Only the issued document counts.",
        language=name_of(lang, lang),
        original=name_of(issued.lang, lang),
        day=filters(lang)["date"](issued.on),
        title=markup.parse(issued.xml).get("title"),
        version=issued.version,
    )
    return said.say(lang)


def _retold(snapshot: Mapping[str, Any], workflow: Workflow, lang: str) -> dict[str, Any]:
    """A snapshot in another language: what its workflow says of the case and the move; what people typed stays."""
    words = {said.say(snapshot["lang"]): said.say(lang) for said in _sayings(workflow)}

    def retold(told: Mapping[str, Any], *names: str) -> dict[str, Any]:
        return {**told, **{name: words.get(told[name], told[name]) for name in names if told.get(name)}}

    move = retold(snapshot["move"], "title", "from", "to")
    move["overrides"] = [retold(override, "message") for override in move["overrides"]]
    return {**snapshot, "lang": lang, "case": retold(snapshot["case"], "title"), "move": move}


def _sayings(value: object) -> Iterator[Sayable]:
    """Every text in a workflow, wherever it stands."""
    if isinstance(value, Message | Text):
        yield value
    elif is_dataclass(value):
        for field in fields(value):
            yield from _sayings(getattr(value, field.name))
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _sayings(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _sayings(part)
