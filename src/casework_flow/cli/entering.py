"""The verbs by which records are typed: answered field by field, edited as a whole, or entered in one line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..errors import NotFound, Refused
from ..messages import Message
from ..records.types import RecordType
from .app import App, Usage


def client(app: App, workflow: str, opened: Callable[[Any], Any]) -> Any:
    """Ask for the client of a new case; what ``opened`` gave."""
    from .. import facts
    from . import asking, drafts

    app.casework.staff(app.by)
    flow = app.casework.library.load(workflow)
    kind = facts.record_types(flow)["client"]
    return asking.ask(app, kind, flow, drafts.of(app, ".json", workflow, kind.name), opened)


def asked(app: App, number: str, record: str, revise: int | bool, how: Mapping[str, Any]) -> Any:
    """Ask for a record of a case, and record it; a single record that is there already is corrected."""
    from . import asking, drafts

    kind, flow = _known(app, number, record)
    prior = _present(app, number, kind, revise)
    revised = {**how, "revise": revise if kind.many else prior is not None}
    draft = drafts.of(app, ".json", number, record, "" if isinstance(revise, bool) else revise)
    return asking.ask(
        app, kind, flow, draft, lambda data: app.casework.record(number, record, data, **revised), prior
    )


def _known(app: App, number: str, record: str) -> tuple[RecordType, Any]:
    from .. import facts
    from ..recording import record_type

    app.casework.staff(app.by)  # who is nobody hears it before the first question
    flow = app.casework.workflow(number)
    return record_type(facts.record_types(flow), record), flow


def _present(app: App, number: str, kind: RecordType, item: int | bool) -> dict[str, Any] | None:
    """What is recorded and to be corrected; None where something new is entered.

    Raises:
        Usage: it is not said which of many items is to be corrected.
        NotFound: there is no item of that number.
        Refused: nothing is recorded yet.
    """
    found = {one.item: one.content for one in app.casework.records(number, kind.name, by=app.by)}
    if not kind.many:
        if item is not False and not found:
            raise Refused(Message("There is no {record} to correct: nothing is recorded yet.", record=kind.title))
        return next(iter(found.values()), None)
    if item is True:
        known = ", ".join(map(str, found)) or "-"
        raise Usage(Message("Say which item is corrected: --revise N; there are: {known}.", known=known))
    if item is False:
        return None
    if item not in found:
        raise NotFound(Message("{record} has no item {item} to correct.", record=kind.title, item=item))
    content: dict[str, Any] = found[item]
    return content
