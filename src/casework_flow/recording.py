"""What is recorded in a case: checked beside the rest of it, and numbered as an item and a revision."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from datetime import date
from typing import Any

from .additions import Blamed
from .cases import Loaded
from .errors import Invalid, NotFound, Problem, Refused, did_you_mean
from .messages import Message, Sayable
from .records.types import RecordType
from .store.ids import new_id
from .values import Staff
from .workflow import Workflow, canonical

Content = dict[str, Any]
Data = Mapping[str, Any] | Sequence[Mapping[str, Any]]


def record_type(kinds: Mapping[str, RecordType], name: str) -> RecordType:
    """The record type called ``name``.

    Raises:
        NotFound: the programme has no such record.
    """
    if name in kinds:
        return kinds[name]
    hint = did_you_mean(name, list(kinds)) or Message("There are: {names}.", names=list(kinds))
    raise NotFound(Message("This programme has no record {name}. {hint}", name=name, hint=hint))


def validated(kind: RecordType, data: object, flow: Workflow, today: date) -> tuple[Content, list[Sayable]]:
    """One record in its normal form, and what looks odd about it.

    Raises:
        Invalid: it has faults; every one is named.
    """
    from .records.input import validate  # pydantic: loaded only where something is recorded

    complete = [reason for reason, closure in flow.closures.items() if closure.complete]
    with Blamed(kind.extension, kind.name, let=(Invalid,)) if kind.own else nullcontext():
        checked = validate(kind, data, today=today, review_required_for=complete, reasons=list(flow.closures))
    return checked.content, list(checked.warnings)


def checked(kind: RecordType, data: Data, loaded: Loaded) -> tuple[list[Content], list[Sayable]]:
    """The items that ``data`` gives, each sound in itself and beside the other records of the case.

    Raises:
        Invalid: something is wrong with them; in a list each fault is named with its item's place, from 1.
    """
    from .records.checks import check  # see ``validated``

    contents: list[Content] = []
    warnings: list[Sayable] = []
    problems: list[Problem] = []
    items = _items(kind, data)
    for place, item in enumerate(items):
        prefix = f"{place + 1}." if len(items) > 1 else ""
        try:
            content, said = validated(kind, item, loaded.workflow, loaded.today)
        except Invalid as fault:
            problems += [Problem(f"{prefix}{p.where}".rstrip("."), p.message) for p in fault.problems]
            continue
        found, more = check(kind.name, content, loaded.views)
        problems += [Problem(f"{prefix}{p.where}".rstrip("."), p.message) for p in found]
        contents.append(content)
        warnings += [*said, *more]
    if problems:
        raise Invalid(Message("This record cannot be accepted ({record}).", record=kind.title), problems)
    return contents, list(dict.fromkeys(warnings))


def _items(kind: RecordType, data: Data) -> Sequence[object]:
    if isinstance(data, list | tuple) and kind.many:
        if not data:
            refusal = Message("This record cannot be accepted ({record}).", record=kind.title)
            raise Invalid(refusal, [Problem("", Message("The list is empty: at least one item is expected."))])
        return data
    return [data]  # a list where one record belongs is refused, with its count, when it is validated


def numbered(
    kind: RecordType, contents: Sequence[Content], loaded: Loaded, revise: int | bool
) -> list[tuple[int, int]]:
    """The item and the revision that each of ``contents`` becomes.

    Args:
        kind: the type of record.
        contents: what is to be recorded.
        loaded: the case.
        revise: True to correct a single record, an item's number to correct that item.

    Raises:
        Refused: a single record is there already, or there is none to correct.
        NotFound: there is no item of that number.
        Invalid: it is not said which of many items is to be corrected, or one is corrected by several.
    """
    current = {entry.item: entry for entry in loaded.entries.get(kind.name, ())}
    used = [(row["item"], row["revision"]) for row in loaded.rows if row["type"] == kind.name]
    refusal = Message("This record cannot be accepted ({record}).", record=kind.title)
    if revise is False:
        if kind.many:
            first = max((item for item, _ in used), default=0) + 1
            return [(first + place, 1) for place in range(len(contents))]
        if current:
            raise Refused(
                Message(
                    "{record} is recorded already; to correct it, record it again with --revise.", record=kind.title
                )
            )
        return [(1, max((revision for _, revision in used), default=0) + 1)]
    if kind.many and revise is True:
        known = ", ".join(map(str, current)) or "-"
        which = Message("Say which item is corrected: --revise N; there are: {known}.", known=known)
        raise Invalid(refusal, [Problem("revise", which)])
    if len(contents) > 1:
        raise Invalid(refusal, [Problem("revise", Message("One item is corrected by one record, not by a list."))])
    item = 1 if revise is True else int(revise)
    if item not in current:
        if not kind.many:
            raise Refused(Message("There is no {record} to correct: nothing is recorded yet.", record=kind.title))
        raise NotFound(Message("{record} has no item {item} to correct.", record=kind.title, item=item))
    return [(item, current[item].revision + 1)]


def row(
    kind: RecordType,
    content: Content,
    number: tuple[int, int],
    scope: tuple[int, int],
    on: str,
    recorded_at: str,
    actor: Staff,
) -> dict[str, Any]:
    """The row of one record: ``number`` are its item and revision, ``scope`` its cycle and episode."""
    return {
        "id": new_id(),
        "type": kind.name,
        "item": number[0],
        "revision": number[1],
        "cycle": scope[0],
        "episode": scope[1],
        "on": on,
        "recorded_at": recorded_at,
        "by": actor.name,
        "content": canonical(content),
    }


def refuse_same(kind: RecordType, contents: Sequence[Content], loaded: Loaded, revise: int | bool) -> None:
    """Refuse what has been recorded already, word for word: most likely the same file was given twice."""
    if revise is False:
        same = contents in list(_recorded_before(kind, loaded))
    else:
        item = 1 if revise is True else revise
        same = any(e.item == item and e.content == contents[0] for e in loaded.entries.get(kind.name, ()))
    if same:
        raise Refused(
            Message(
                "This very content is recorded already ({record}); if it is meant, record it with --again.",
                record=kind.title,
            )
        )


def _recorded_before(kind: RecordType, loaded: Loaded) -> Iterator[list[Content]]:
    """What each earlier recording that still counts gave, in its order."""
    by_event: dict[int, list[Mapping[str, Any]]] = {}
    for row in loaded.rows:
        in_cycle = kind.scope != "cycle" or row["cycle"] == loaded.state.cycle
        if row["type"] == kind.name and row["episode"] == loaded.state.episode and in_cycle:
            by_event.setdefault(row["seq"], []).append(row)
    for rows in by_event.values():
        yield [json.loads(row["content"]) for row in sorted(rows, key=lambda row: row["item"])]
