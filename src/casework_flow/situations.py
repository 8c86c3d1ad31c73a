"""Generated cases: complete ones to start from, and each way to change one in a single place.

A situation is what the guards of a workflow may ask about: the records, the approvals, the facts of the case and
the working date. Everything is plain data, made from the record types; nothing here knows a programme.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from . import facts
from .errors import Invalid, Problem
from .records.base import Entry
from .records.checks import check
from .records.fields import FIRST_DAY, LAST_DAY
from .records.generated import TEXT, WEEKS, complete, filled, one_of_list, several
from .records.input import validate
from .records.kinds import ListOf, Scalar
from .records.schema import FieldShape, fields_of, model_of
from .records.types import RecordType
from .workflow import Workflow

START: Final = date(2025, 1, 6)
"""The first day of every generated contract; nothing is done before it."""
MOST_ITEMS: Final = 200
"""Most items that a generated list has."""
MOST_AT_ONCE: Final = 60
"""Most items of a record that are changed together."""
MOST_KEPT: Final = 20_000
"""Most answers that are kept to be given again."""

Content = dict[str, Any]
Records = Mapping[str, tuple[Content, ...]]
Facts = Mapping[str, object]


@dataclass(frozen=True)
class Situation:
    """A generated case. ``approved`` is what somebody approved; ``because`` the reason of the closing in question."""

    today: date
    records: Records
    approved: frozenset[str]
    case: Mapping[str, Any]
    because: str | None = None


@dataclass(frozen=True, slots=True)
class Constants:
    """The values that guards compare with: where a change is likely to make a difference."""

    numbers: tuple[float, ...] = ()
    texts: tuple[str, ...] = ()
    days: tuple[date, ...] = ()

    @classmethod
    def of(cls, values: Iterable[object]) -> Constants:
        """The constants among ``values``; a text that is an ISO date is a day as well."""
        numbers, texts, days = dict[float, None](), dict[str, None](), dict[date, None]()
        for value in values:
            if isinstance(value, date):
                days[value] = None
            elif isinstance(value, int | float) and not isinstance(value, bool):
                if abs(value) <= 10**15:  # not-a-number is not
                    numbers[value] = None
            elif isinstance(value, str):
                texts[value] = None
                day = _day(value)
                if day:
                    days[day] = None
        return cls(tuple(numbers)[:40], tuple(texts)[:60], tuple(days)[:20])

    def and_of(self, values: Iterable[object]) -> Constants:
        """These, and those among ``values``."""
        return Constants.of([*self.numbers, *self.texts, *self.days, *values])


@dataclass(frozen=True, slots=True)
class _Trying:
    """What is tried in a record: the values, the working date, and the fields (None: all of them)."""

    constants: Constants
    today: date
    only: Collection[str] | None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


class Material:
    """What situations of one workflow are made of, and how the workflow's guards see them."""

    def __init__(self, flow: Workflow) -> None:
        self.flow = flow
        self.kinds = facts.record_types(flow)
        self.complete_closures = [reason for reason, closure in flow.closures.items() if closure.complete]
        self.approvable = frozenset(guard.approves for _, guard in flow.guards() if guard.approves)
        self._sound: dict[tuple[str, int, date], tuple[Content, bool]] = {}
        self._dated: dict[int, tuple[Content, list[str]]] = {}
        self._made: dict[int, tuple[tuple[Content, ...], list[Entry]]] = {}

    def worked_through(self, weeks: int = WEEKS, days: int | None = None) -> Situation:
        """A case with every record, everything approved; ``days`` after the first one, the day after its last."""
        today = START + timedelta(days=7 * weeks if days is None else days)
        records = {name: tuple(several(kind, START, weeks)) for name, kind in self.kinds.items()}
        made = Situation(
            today, {name: items for name, items in records.items() if items}, self.approvable, self._case()
        )
        return self.on(made, today)

    def opened(self) -> Situation:
        """A case in which there is a client and nothing else."""
        return Situation(START, {"client": (complete(self.kinds["client"], START),)}, frozenset(), self._case())

    def _case(self) -> dict[str, Any]:
        roles = self.flow.roles_for("open") or ("social_worker",)
        return {
            "number": "0001",
            "workflow": self.flow.name,
            "title": self.flow.title.say("en"),
            "stage": self.flow.first,
            "status": "active",
            "cycle": 1,
            "episode": 1,
            "opened_on": START.isoformat(),
            "stage_since": START.isoformat(),
            "worker": {"name": "Petugas Contoh", "role": roles[0], "title": None, "nip": None},
            "supervisor": {"name": "Supervisor Contoh", "role": "supervisor", "title": None, "nip": None},
            "pauses": [],
        }

    def facts(self, situation: Situation) -> Facts:
        """The situation as guards see it. What is not recorded cannot have been approved."""
        entries = {name: self._entries(name, items) for name, items in situation.records.items()}
        approved = tuple(
            {"what": what, "record": None, "because": situation.because, "by": "supervisor", "on": START.isoformat()}
            for what in sorted(situation.approved)
            if what not in self.kinds or situation.records.get(what)
        )
        case = dict(situation.case)
        if situation.because:
            case["closing"] = situation.because
        return facts.views(self.flow, self.kinds, entries, case, facts.Approvals(approved), situation.today)

    def _entries(self, name: str, items: tuple[Content, ...]) -> list[Entry]:
        known = self._made.get(id(items))
        if known is None or known[0] is not items:  # most situations share most of their records
            if len(self._made) > MOST_KEPT:
                self._made.clear()
            made = [Entry(f"{name}{item}", item, 1, START, "", one, 1, 1) for item, one in enumerate(items, start=1)]
            known = self._made[id(items)] = (items, made)
        return known[1]

    def sound(self, situation: Situation, *, together: bool = True) -> bool:
        """Whether every record passes its own validation and, ``together``, the check beside the others."""
        if not all(
            self.accepts(name, one, situation.today) for name, items in situation.records.items() for one in items
        ):
            return False
        if not together:
            return True
        seen = self.facts(situation)
        return not any(check(name, one, seen)[0] for name, items in situation.records.items() for one in items)

    def accepts(self, name: str, content: Content, today: date) -> bool:
        """Whether this very content would be recorded, were it alone."""
        key = (name, id(content), today)
        known = self._sound.get(key)
        if known is None or known[0] is not content:
            if len(self._sound) > MOST_KEPT:
                self._sound.clear()
            known = self._sound[key] = (content, not self.faults(name, content, today))
        return known[1]

    def faults(self, name: str, content: Content, today: date) -> Sequence[Problem]:
        """Why this content would not be recorded."""
        try:
            validate(self.kinds[name], content, today=today, review_required_for=self.complete_closures)
        except Invalid as refused:
            return refused.problems
        return ()

    def generated_faults(self, name: str) -> Sequence[Problem]:
        """Why the generated record of a type is not sound; nothing where it is."""
        return self.faults(name, complete(self.kinds[name], START), START + timedelta(weeks=WEEKS))

    def on(self, situation: Situation, today: date) -> Situation:
        """The situation on another day: what is dated between that day and its own is not there yet."""
        first, last = today.isoformat(), situation.today.isoformat()
        records = {}
        for name, items in situation.records.items():
            kept = tuple(one for one in items if not any(first < day <= last for day in self._dates(one)))
            if kept:
                records[name] = items if len(kept) == len(items) else kept
        return replace(situation, today=today, records=records)

    def _dates(self, content: Content) -> Sequence[str]:
        known = self._dated.get(id(content))
        if known is None or known[0] is not content:
            if len(self._dated) > MOST_KEPT:
                self._dated.clear()
            found = [text for text in _texts(content) if _day(text)]
            known = self._dated[id(content)] = (content, found)
        return known[1]

    def around(self, situation: Situation, constants: Constants) -> Iterator[Situation]:
        """Every situation with the same records, and one other approval, fact of the case or working date."""
        for what in sorted(self.approvable):
            yield replace(situation, approved=situation.approved ^ {what})
        for case in _changed_cases(self.flow, situation.case, constants):
            yield replace(situation, case=case)
        for today in _days(situation.today, situation.today, constants):
            if START <= today <= LAST_DAY:
                yield self.on(situation, today)

    def changed(
        self, situation: Situation, names: Sequence[str], constants: Constants, only: Collection[str] | None = None
    ) -> Iterator[Situation]:
        """Every situation whose records differ from these in a single place.

        Args:
            situation: where to begin.
            names: the types of record to change.
            constants: the values that are worth trying.
            only: the names of the fields to change; None for all.
        """
        for name in names:
            for items in self._changed_items(name, situation, _Trying(constants, situation.today, only)):
                records = {**situation.records, name: items}
                yield replace(situation, records={key: one for key, one in records.items() if one})

    def repaired(self, situation: Situation, constants: Constants) -> Iterator[Situation]:
        """Sound situations that differ in one more field of the record which is not; for two that go together."""
        for name, items in situation.records.items():
            for place, one in enumerate(items):
                if self.accepts(name, one, situation.today):
                    continue
                kind = self.kinds[name]
                trying = _Trying(constants, situation.today, None)
                for content in self._changed_part(kind, name, fields_of(model_of(kind)), one, trying):
                    if self.accepts(name, content, situation.today):
                        mended = (*items[:place], content, *items[place + 1 :])
                        yield replace(situation, records={**situation.records, name: mended})
                return

    def _changed_items(self, name: str, situation: Situation, trying: _Trying) -> Iterator[tuple[Content, ...]]:
        kind, items = self.kinds[name], situation.records.get(name, ())
        if not items:
            yield (complete(kind, START),)
        elif kind.scope != "case":  # what a case was opened with never goes
            yield ()
        if kind.many:
            for count in _counts(len(items), trying.constants):
                if count:
                    yield (*items[:count], *(complete(kind, START, place) for place in range(len(items), count)))
        some = dict.fromkeys((0, 1, 2, len(items) // 2, len(items) - 1))
        for place in some if kind.many else (0,):
            if 0 <= place < len(items):
                fields = fields_of(model_of(kind))
                for content in self._changed_part(kind, name, fields, items[place], trying):
                    yield (*items[:place], content, *items[place + 1 :])
                if len(items) > 1:
                    yield (*items[:place], *items[place + 1 :])
        if 1 < len(items) <= MOST_AT_ONCE:  # the same change in each of them that bears it
            last = items[-1]
            for content in self._changed_part(kind, name, fields_of(model_of(kind)), last, trying):
                new = {key: value for key, value in content.items() if last.get(key) != value}
                if new:
                    each = ({**one, **new} for one in items)
                    yield tuple(
                        one if self.accepts(name, one, trying.today) else old
                        for one, old in zip(each, items, strict=True)
                    )

    def _changed_part(
        self,
        kind: RecordType,
        path: str,
        fields: Mapping[str, FieldShape],
        part: Content,
        trying: _Trying,
    ) -> Iterator[Content]:
        for name, shape in fields.items():
            if trying.only is not None and name not in trying.only:
                continue
            for value in self._values(kind, f"{path}.{name}", shape, part.get(name), trying):
                if value is None:
                    yield {key: one for key, one in part.items() if key != name}
                else:
                    yield {**part, name: value}

    def _values(
        self,
        kind: RecordType,
        path: str,
        shape: FieldShape,
        now: Any,
        trying: _Trying,
    ) -> Iterator[Any]:
        """Other values for the field at ``path``; None takes it away."""
        if now is not None and not shape.required and not shape.many:
            yield None
        if shape.many:
            yield from self._lists(kind, path, shape, now or [], trying)
        elif shape.part:
            if now is None:
                made = filled(kind, path, shape, START)
                yield made if made is not None else _least(kind, path, shape.part)
            else:
                yield from self._changed_part(kind, path, fields_of(shape.part), now, trying)
        elif isinstance(shape.kind, Scalar):
            yield from (value for value in _scalars(shape.kind, now, trying) if value != now)

    def _lists(
        self,
        kind: RecordType,
        path: str,
        shape: FieldShape,
        now: list[Any],
        trying: _Trying,
    ) -> Iterator[list[Any]]:
        for count in _counts(len(now), trying.constants):
            more = [one_of_list(kind, path, shape, START, number) for number in range(len(now), count)]
            yield [*now[:count], *more]
        for name, part in fields_of(shape.part).items() if shape.part else ():
            for word in part.choice.labels if part.choice else ():
                yield [{**one, name: word} for one in now]
        for place, one in list(enumerate(now))[:5]:
            if len(now) > 1:
                yield [*now[:place], *now[place + 1 :]]
            if shape.part:
                changed = self._changed_part(kind, path, fields_of(shape.part), one, trying)
            else:
                item = shape.kind.item if isinstance(shape.kind, ListOf) else shape.kind
                changed = iter(_scalars(item, one, trying)) if isinstance(item, Scalar) else iter(())
            for value in changed:
                yield [*now[:place], value, *now[place + 1 :]]


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)


def _counts(now: int, constants: Constants) -> list[int]:
    """Other lengths for a list."""
    wanted = (int(number) + step for number in constants.numbers for step in (-1, 0, 1))
    return sorted({count for count in (0, 1, now - 1, now + 1, *wanted) if 0 <= count <= MOST_ITEMS} - {now})


def _least(kind: RecordType, path: str, part: Any) -> Content:
    """The part at ``path`` with what it must have and no more."""
    return {
        name: filled(kind, f"{path}.{name}", shape, START) if shape.required else []
        for name, shape in fields_of(part).items()
        if shape.required or shape.many
    }


def _scalars(kind: Scalar, now: Any, trying: _Trying) -> Iterator[Any]:
    match kind.type:
        case "choice":
            yield from kind.choices
        case "boolean":
            yield from (True, False)
        case "date":
            for day in _days(_day(now) if isinstance(now, str) else None, trying.today, trying.constants):
                yield day.isoformat()
        case "integer" | "number":
            yield from _numbers(kind, now, trying.constants)
        case _:
            yield from trying.constants.texts
            yield from (TEXT, "1", "2", "3", "4")


def _numbers(kind: Scalar, now: Any, constants: Constants) -> Iterator[float]:
    near = [number + step for number in constants.numbers for step in (0, 1, -1)]
    moved = [now + 1, now - 1, now * 2, now / 2, -now] if isinstance(now, int | float) else []
    for number in dict.fromkeys([*near, *moved, 0, 1, 10, 100]):
        if float(number).is_integer():
            yield int(number)
        elif kind.type == "number":
            yield number
            yield number + 0.01
            yield number - 0.01
        else:
            yield int(number)
            yield int(number) + 1


def _days(now: date | None, today: date, constants: Constants) -> Iterator[date]:
    """Days that may make a difference: near today and each constant, and as far from today as numbers say."""
    steps = [0, 1, -1, 7, -7, 28, -28, 365, -365]
    for number in constants.numbers:
        for unit in (1, 7, 30.44, 365.25):
            if abs(number) * unit < 60_000:
                away = round(number * unit)
                steps += [away, away + 1, away - 1, -away, -away - 1, 1 - away]
    found: dict[date, None] = {}
    for base in (*constants.days, today, *([now] if now else [])):
        for step in steps:
            try:
                found[base + timedelta(days=step)] = None
            except OverflowError:
                continue
    yield from (day for day in found if FIRST_DAY <= day <= LAST_DAY)


def _changed_cases(flow: Workflow, case: Mapping[str, Any], constants: Constants) -> Iterator[Mapping[str, Any]]:
    for role in flow.roles_for("open"):
        if role != case["worker"]["role"]:
            yield {**case, "worker": {**case["worker"], "role": role}}
    for name in ("cycle", "episode"):
        for number in dict.fromkeys([1, 2, *(int(n) + step for n in constants.numbers for step in (0, 1, -1))]):
            if 1 <= number <= 1000 and number != case[name]:
                yield {**case, name: number}
    for name in ("opened_on", "stage_since"):
        for day in _days(date.fromisoformat(case[name]), START, constants):
            yield {**case, name: day.isoformat()}
    for person in ("worker", "supervisor"):
        for name in ("name", "title", "nip"):
            for text in constants.texts:
                if case[person]:
                    yield {**case, person: {**case[person], name: text}}
    if case["supervisor"]:
        yield {**case, "supervisor": None}
