"""What documents lack, as the people who must record it know it: the record, its item, the field, its label."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from .documents.render import IncompleteDocument
from .errors import Lack
from .messages import Message, Sayable
from .records.types import RecordType
from .rules import read

_ITEM: Final = "item"
_CALL: Final = re.compile(r"\(.*?\)")


def refusal(lacks: Sequence[Lack]) -> IncompleteDocument:
    """The refusal of a move whose documents lack something."""
    if len(lacks) == 1:
        return IncompleteDocument(lacks[0].message, lacks)
    said = Message(
        "The documents of this move lack {count} values: {documents}.",
        count=len(lacks),
        documents=list(dict.fromkeys(lack.document for lack in lacks)),
    )
    return IncompleteDocument(said, lacks)


def placed(
    lacks: Iterable[Lack], facts: Mapping[str, Any], kinds: Mapping[str, RecordType], each: str | None
) -> Iterator[Lack]:
    """What one document lacks, each with the place where it is recorded.

    Args:
        lacks: what the template missed.
        facts: what the template saw.
        kinds: the record types of the case.
        each: over what the document is issued, such as ``sessions.held_items``; None: there is only one.
    """
    item = facts.get(_ITEM)
    number = item["item"] if item else None
    for lack in lacks:
        yield _placed(replace(lack, item=number), facts, kinds, (each or "").partition(".")[0])


def _placed(lack: Lack, facts: Mapping[str, Any], kinds: Mapping[str, RecordType], over: str) -> Lack:
    by_view = {kind.view: kind for kind in kinds.values()}
    places = []
    for path in lack.paths:
        root, _, rest = path.partition(".")
        kind = by_view.get(over if root == _ITEM else root)
        if kind is not None:
            number = lack.item if root == _ITEM else _number(facts.get(root), rest)
            places.append((kind, number if kind.many else None, *_field(kind, rest)))
    document = f"{lack.document} {lack.item}" if lack.item else lack.document
    if not places:
        return replace(lack, message=_elsewhere(lack, document))
    kind, number, where, label = places[0]
    record = f"{kind.name} {number}" if number else kind.name
    if lack.section:
        same = [place for place in places if place[0] is kind]
        fields = list(dict.fromkeys(place[2] for place in same if place[2]))
        said = Message(
            "{document}: the section “{section}” has nothing to say ({record}: {fields}).",
            document=document,
            section=lack.section,
            record=record,
            fields=fields or kind.title,
        )
        where = fields[0] if len(fields) == 1 else ""
    else:
        said = Message(
            "{document}: “{label}” is not recorded ({record}: {field}).",
            document=document,
            label=label,
            record=record,
            field=where or kind.title,
        )
    return replace(lack, where=where, message=said, record=kind.name, number=number, label=label)


def _elsewhere(lack: Lack, document: str) -> Sayable:
    """What is said of a value that no record holds: a part of the office's profile, the reason of a move."""
    if lack.section or not lack.item:
        return lack.message
    return Message(
        "The document {document} needs {field}, which is not recorded.", document=document, field=lack.where
    )


def _field(kind: RecordType, rest: str) -> tuple[str, Sayable]:
    """The field of a record at the end of what a template read, and its label; the record's own where it is none.

    A template reads figures too, such as all indicators of a plan: then the last names are the field's.
    """
    from .records.schema import shape_at  # pydantic: loaded only where something is missing

    names = [name for name in _CALL.sub("", rest).split(".") if name]
    for start in range(len(names)):
        path = ".".join(names[start:])
        shape = shape_at(kind, path)
        if shape is not None and not names[start].isdigit():
            return path, shape.label
    found = _inside(kind, [name for name in names if not name.isdigit()])
    return found or (".".join(names), kind.title)


def _inside(kind: RecordType, names: Sequence[str]) -> tuple[str, Sayable] | None:
    """The first field inside a part of the record whose path ends as ``names`` do."""
    from .records.schema import fields_of, model_of, shape_at  # see ``_field``

    for name, shape in fields_of(model_of(kind)).items():
        for start in range(len(names)) if shape.part else ():
            path = ".".join([name, *names[start:]])
            found = shape_at(kind, path)
            if found is not None:
                return path, found.label
    return None


def _number(view: object, rest: str) -> int | None:
    """The number of the item that a template came by on its way along ``rest``."""
    for name in rest.split("."):
        if isinstance(view, list | tuple):
            view = view[int(name)] if name.isdigit() and int(name) < len(view) else None
        elif view is not None and "(" not in name:
            view = read(view, name)
        if isinstance(view, Mapping) and isinstance(view.get("item"), int):
            return int(view["item"])
    return None
