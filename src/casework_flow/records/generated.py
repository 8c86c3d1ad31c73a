"""Complete records, generated from their types: the material with which a workflow or a template is tried out.

Every field is filled, save those that would change what the record says (a consent that was withdrawn). A field's
type says what it may hold; where a value must be more than that (a NIK, the id of something else), it stands below.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from math import ceil, floor
from typing import Any, Final

from .kinds import Kind, ListOf, Scalar
from .schema import FieldShape, fields_of, model_of
from .types import RecordType

Content = dict[str, Any]

TEXT: Final = "contoh buatan"
WEEKS: Final = 8
"""Weeks of a generated contract, unless another number is asked for."""

_LEFT_OUT: Final = frozenset(
    {
        "client.nik_absent_reason",
        "client.identity_unknown",
        "client.age_years",
        "client.as_of",
        "consent.withdrawn_on",
        "addendum.start_on",
        "plan.components.indicators.measure",
        "plan.components.indicators.baseline_reason",
        "session.safety_resolved",
    }
)
_LENGTHS: Final[Mapping[str, int]] = {
    "assessment.items": 4,
    "genogram.members": 2,
    "ecomap.systems": 2,
    "ecomap.ties": 2,
    "evaluation.results": 2,
    "plan.components.indicators": 2,
    "termination.attempts": 3,
}
_VALUES: Final[Mapping[str, Any]] = {
    "client.name": "Klien Contoh",
    "client.initials": "K",
    "client.birth_date": "1990-01-01",
    "client.nik": "1216064101909999",
    "client.kk_number": "1216060101909999",
    "client.sex": "female",
    "client.phone": "+6281200000001",
    "client.guardian.name": "Wali Contoh",
    "client.guardian.phone": "+6281200000002",
    "client.companion.phone": "+6281200000003",
    "client.address.region.code": "12.16.06",
    "consent.given_by": "Klien Contoh",
    "genogram.index": "1",
    "genogram.members.birth_year": 1990,
    "genogram.members.age": None,
    "genogram.relations.a": "1",
    "genogram.relations.b": "2",
    "ecomap.ties.system": lambda place: str(place + 1),
    "assessment.items.kind": lambda place: ("problem", "need", "strength", "resource")[place % 4],
    "plan.components.needs": ["2"],
    "session.safety_flag": False,
    "session.week_no": lambda place: place + 1,
    "finance.amount": 10_000,
    "finance.direction": lambda place: "expense" if place % 7 else "income",
    "finance.purpose": lambda place: "need" if place % 7 else None,
    "evaluation.results.rating": "met",
}
"""What stands in a field, or gives it for its place: the number of its item or of its part in a list, from 0."""

_DAYS: Final[Mapping[str, Callable[[int], int]]] = {
    "session.held_on": lambda place: 7 * place + 2,
    "finance.date": lambda place: place,
}
"""How many days after the first one something is done."""


def complete(kind: RecordType, start: date, place: int = 0, weeks: int = WEEKS) -> Content:
    """A complete record of ``kind``, as ``validate`` accepts it.

    Args:
        kind: the type of record.
        start: the first day of the contract; nothing is done before it.
        place: of a record that there may be many of, which one it is, from 0.
        weeks: the weeks of the contract.
    """
    made = _part(kind, kind.name, fields_of(model_of(kind)), start, place)
    if kind.name == "contract":
        made["duration_weeks"] = weeks
    if kind.name == "consent":
        types = fields_of(model_of(kind))["type"].choice
        made["type"] = list(types.labels)[place % len(types.labels)] if types else TEXT
    return made


def several(kind: RecordType, start: date, weeks: int = WEEKS) -> list[Content]:
    """The records of ``kind`` in a case that was worked through: one, or as many as its ``weeks`` make."""
    counts = {"session": weeks, "finance": 7 * weeks, "consent": 4, "addendum": 0}
    return [complete(kind, start, place, weeks) for place in range(counts.get(kind.name, 1))]


def _part(kind: RecordType, path: str, fields: Mapping[str, FieldShape], start: date, place: int) -> Content:
    found: Content = {}
    for name, shape in fields.items():
        value = filled(kind, f"{path}.{name}", shape, start, place)
        if value is not None:
            found[name] = value
    return found


def filled(kind: RecordType, path: str, shape: FieldShape, start: date, place: int = 0) -> Any:
    """A value for the field at ``path`` (``client.address.detail``), or None where it is better left out."""
    if path in _LEFT_OUT:
        return None
    if path in _VALUES:
        value = _VALUES[path]
        return value(place) if callable(value) else value
    if shape.many:
        count = _LENGTHS.get(path, 1)
        # numbered on through the parts of a list, so that no two of their ids are the same
        return [one_of_list(kind, path, shape, start, place * count + number) for number in range(count)]
    if shape.part:
        return _part(kind, path, fields_of(shape.part), start, place)
    return _scalar(kind, path, shape.kind, start, place)


def one_of_list(kind: RecordType, path: str, shape: FieldShape, start: date, number: int) -> Any:
    """The part of a list that has this ``number``, from 0."""
    if shape.part:
        return _part(kind, path, fields_of(shape.part), start, number)
    return TEXT if not number else f"{TEXT} {number + 1}"


def _scalar(kind: RecordType, path: str, of: Kind, start: date, place: int) -> Any:
    name = path.rpartition(".")[2]
    of = of.item if isinstance(of, ListOf) else of
    assert isinstance(of, Scalar)  # noqa: S101  # lists and parts were told apart before
    if of.type == "choice":
        return of.choices[0]
    if of.type == "boolean":
        return True
    if of.type == "date":
        days = _DAYS[path](place) if path in _DAYS else 0
        return (start + timedelta(days=days)).isoformat()
    if of.type in ("integer", "number"):
        form = (kind.form or {}).get("fields", {}).get(name, {})
        least, most = form.get("min"), form.get("max")
        if least is not None:
            return ceil(least) if of.type == "integer" else least
        return 1 if most is None or most >= 1 else floor(most)
    return str(place + 1) if name in ("id", "code") else TEXT
