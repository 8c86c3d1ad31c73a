"""What the shell offers when Tab is pressed: case numbers, people, programmes, records, moves, documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import click
from click.shell_completion import CompletionItem

from ..errors import CaseworkError
from .app import App

MOST: Final = 200
"""Case numbers that are offered at once."""

Found = Iterator[tuple[str, str]]
"""What may stand there, and a few words about it."""


def offered(app: App, param: click.Parameter, case: str | None, begun: str) -> list[CompletionItem]:
    """What a parameter may be, of what begins with ``begun``; nothing where there is no project to look into.

    Args:
        app: the options of this run.
        param: what is to be completed.
        case: the number of the case that the command is about, if it is typed already.
        begun: what is typed already.
    """
    if param.metavar in _PATHS:
        return [CompletionItem(begun, type=_PATHS[param.metavar])]
    find = _people if param.name in _PEOPLE else _KINDS.get(param.metavar or "")
    if find is None:
        return []
    try:
        found = {value: about for value, about in find(app, case, begun) if value.startswith(begun)}
    except (CaseworkError, OSError):
        return []  # whoever presses Tab wants no lecture
    return [CompletionItem(value, help=about) for value, about in found.items()]


def _numbers(app: App, _: str | None, begun: str) -> Found:
    found = app.casework.search(begun, limit=MOST) if begun else app.casework.list(limit=MOST)
    return ((case.number, case.client) for case in found)


def _people(app: App, _: str | None, __: str) -> Found:
    return ((person.name, person.full_name) for person in app.casework.all_staff())


def _workflows(app: App, _: str | None, __: str) -> Found:
    return ((name, "") for name in app.casework.library.paths)


def _records(app: App, case: str | None, _: str) -> Found:
    from .. import facts
    from ..records.types import RECORD_TYPES

    kinds = facts.record_types(app.casework.workflow(case)) if case else RECORD_TYPES
    return ((kind.name, app.say(kind.title)) for kind in kinds.values())


def _moves(app: App, case: str | None, _: str) -> Found:
    flow = app.casework.workflow(case or "")
    return ((move.name, app.say(move.title)) for move in flow.moves)


def _reasons(app: App, case: str | None, _: str) -> Found:
    flow = app.casework.workflow(case or "")
    return ((name, app.say(closure.title)) for name, closure in flow.closures.items())


def _stages(app: App, _: str | None, __: str) -> Found:
    seen = {stage.name: app.say(stage.title) for name in app.casework.library.paths for stage in _of(app, name)}
    return iter(seen.items())


def _of(app: App, workflow: str) -> Any:
    return app.casework.library.load(workflow).stages.values()


def _documents(app: App, case: str | None, _: str) -> Found:
    if case:
        return ((name, "") for name in dict.fromkeys(one.name for one in app.casework.documents(case)))
    return ((name, "") for name in app.casework.templates.names())


_KINDS: Final[dict[str, Callable[[App, str | None, str], Found]]] = {
    "CASE": _numbers,
    "DOCUMENT": _documents,
    "MOVE": _moves,
    "REASON": _reasons,
    "RECORD": _records,
    "STAGE": _stages,
    "TYPE": _records,
    "WHAT": _records,
    "WORKFLOW": _workflows,
}
"""What is looked up for a parameter, by what the help calls it."""
_PATHS: Final = {"FILE": "file", "DIR": "dir"}
_PEOPLE: Final = ("actor", "worker", "supervisor", "to", "all_of")
"""The parameters that name a member of staff; the help calls other names NAME too."""
