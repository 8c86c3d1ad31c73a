"""A document before it is issued: what is recorded so far, marked as a draft, with a mark for what is missing.

Nothing is stored and nothing is counted; a draft can be made again at any time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from . import issuing
from .cases import Loaded
from .document import Document, finished
from .documents import render
from .documents.identity import Identity
from .errors import NotFound, Refused, did_you_mean
from .messages import Message, Text
from .office import Office
from .workflow import ADVANCE, ANY_STAGE, CLOSE, Issue

_ROOT: Final = re.compile(r"<document\b(?![^>]*\sdraft=)")


def draft(
    loaded: Loaded,
    name: str,
    item: int | None,
    *,
    office: Office,
    templates: render.Templates,
    identity: Identity | None,
    lang: str,
) -> Document:
    """The document ``name`` as it would be issued now.

    Args:
        loaded: the case, its title in ``lang``.
        name: a document that the case can still come to.
        item: which one, of a document issued for each item; the last one where none is named.
        office: the office's profile.
        templates: where the documents' templates are.
        identity: how persons are named; None: as the template says.
        lang: the language of the draft.

    Raises:
        Refused: the case is closed.
        NotFound: the workflow issues no such document from here on, or there is no such item.
        TemplateFault: the template is wrong, or not translated.
    """
    state = loaded.state
    if state.status == "closed":
        raise Refused(Message("Case {number} is closed; nothing more can be done in it.", number=state.number))
    possible = {issue.document: (issue, move) for issue, move in reversed(list(_possible(loaded)))}
    if name not in possible:
        hint = did_you_mean(name, list(possible)) or Message(
            "From here on these can be issued: {names}.", names=sorted(possible)
        )
        raise NotFound(
            Message("Case {number} has no such document: {name}. {hint}", number=state.number, name=name, hint=hint)
        )
    issue, move = possible[name]
    profile, kept = issuing.letterhead_apart(office.as_data())
    bundle = templates.bundle(name, lang)
    told = {key: said.say(lang) if isinstance(said, Message | Text) else said for key, said in move.items()}
    snapshot = {
        "office": profile,
        "lang": lang,
        "case": loaded.case,
        "approvals": list(loaded.approvals.current),
        "move": {**_SILENT, **told, "by": loaded.worker.as_data()},
        "today": loaded.today.isoformat(),
        "each": issue.each.source if issue.each else None,
        "item": _item(issue, loaded, name, item),
        "version": 1,
        "correction": 0,
        "workflow": loaded.workflow.digest,
        "state": [state.episode, state.cycle, state.version],
    }
    blank = Message("[not filled in yet]").say(lang)
    names = issuing.seen(name, snapshot, bundle, loaded.workflow, loaded.rows, state, identity)
    xml = _ROOT.sub(
        '<document draft="yes"', render.render(bundle, names, lang, name, blank, loaded.workflow.added), count=1
    )
    return finished(
        name,
        snapshot,
        xml,
        names,
        added=loaded.workflow.added,
        on=loaded.today,
        file_of=kept.get,
        blank=blank,
        word=render.word_of(bundle),
    )


_SILENT: Final[Mapping[str, Any]] = {
    **dict.fromkeys(("because", "title", "from", "to", "status", "reason", "until")),
    "overrides": [],
}
"""What is not known of a move that nobody has made."""


def _possible(loaded: Loaded) -> Iterator[tuple[Issue, dict[str, Any]]]:
    """Each document that the case can still come to, and what is known of the move to it; the nearest first."""
    flow, here = loaded.workflow, loaded.state.stage
    ahead = flow.order[flow.order.index(here) :]
    for name in ahead:
        following = flow.after(name)
        to = flow.stages[following].title if following else None
        for issue in flow.stages[name].documents if following else ():
            yield issue, {"move": ADVANCE, "from": flow.stages[name].title, "to": to}
    for move in flow.moves:
        for issue in move.documents if ANY_STAGE in move.sources or set(move.sources) & set(ahead) else ():
            to = flow.stages[move.to].title if move.to else None
            yield issue, {"move": move.name, "title": move.title, "from": flow.stages[here].title, "to": to}
    reason = loaded.views["termination"].get("reason")  # type: ignore[attr-defined]  # every case has this view
    for closure in sorted(flow.closures.values(), key=lambda closure: closure.reason != reason):
        title = {"because": reason, "title": closure.title} if closure.reason == reason else {}
        last = flow.stages[flow.last]
        for issue in last.documents if closure.documents is None else closure.documents:
            yield issue, {"move": CLOSE, "from": flow.stages[here].title, "to": last.title, **title}
    early = [issue for closure in flow.closures.values() for issue in closure.early or ()]
    for issue in (*(flow.early.documents if flow.early else ()), *early):
        yield issue, {"move": CLOSE, "from": flow.stages[here].title, "to": flow.stages[here].title}


def _item(issue: Issue, loaded: Loaded, name: str, wanted: int | None) -> int:
    """The item that the draft is about, 0 where the document is about none, or none is recorded yet.

    Raises:
        NotFound: there is no such item.
    """
    known = [found["item"] for found in issue.each.value(loaded.views) or ()] if issue.each else []
    if wanted is None:
        return known[-1] if known else 0
    if wanted not in known:
        raise NotFound(
            Message(
                "The document {name} has no item {item}; there are: {known}.",
                name=name,
                item=wanted,
                known=known or "-",
            )
        )
    return wanted
