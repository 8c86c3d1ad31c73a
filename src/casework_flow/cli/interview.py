"""A record asked for field by field: which question comes next, what was answered, and the way back.

The questions are a generator over the fields; going back is asking anew with all answers but the last. Nothing here
knows a terminal.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ..messages import Message, Sayable
from ..records.fields import Context
from ..records.input import faults_at
from ..records.models import Record
from ..records.schema import FieldShape, fields_of, model_of
from ..records.types import RecordType

Content = dict[str, Any]
Answer = tuple[str, Any]
"""A question's path and what was answered: the value, None for nothing, True or False to a decision."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked next.

    ``path`` is the field's path, of many records with their number before it, from 1. ``asks`` for a
    ``value``; whether an optional ``part`` is to be filled in; whether there is ``more`` in a list; or whether to
    ``keep`` what the list held. ``shape`` is None where whole records are counted. ``trail`` are the parts around
    the field, ``default`` is what stood there before.
    """

    path: str
    asks: Literal["value", "part", "more", "keep"]
    shape: FieldShape | None
    trail: tuple[Sayable, ...]
    default: Any = None


@dataclass(frozen=True, slots=True)
class Fault:
    """An answer that cannot stay: where, and why."""

    path: str
    message: Message


Script = Generator[Question | Fault, Any, Any]


class Interview:
    """The course of the questions about one record, or about many.

    Args:
        kind: the type of record.
        context: what the validity of the record depends on.
        prior: what is recorded, to be corrected; each of its values is the default of its question.
        answers: what was answered earlier, to go on from there; from the first that no longer fits it is asked anew.
    """

    def __init__(
        self,
        kind: RecordType,
        context: Context,
        prior: Mapping[str, Any] | None = None,
        answers: Sequence[Answer] = (),
    ) -> None:
        self.kind = kind
        self.context = context
        self.content: Any = None
        self.question: Question | None = None
        self._script: Callable[[], Script] = lambda: _whole(kind, context, prior)
        self._given: list[Answer] = []
        self._later: list[Answer] = []
        self._fast = False
        self._replay(answers)

    @property
    def answers(self) -> list[Answer]:
        """What has been answered so far, in its order."""
        return list(self._given)

    @property
    def default(self) -> Any:
        """What an empty answer means: what was answered before somebody went back, else what is recorded."""
        if self.question is None:
            return None
        path = self.question.path
        return next((value for known, value in self._later if known == path), self.question.default)

    def give(self, value: Any) -> Message | None:
        """Answer the question; the fault, if the answer cannot stay: then the question that it belongs to is next."""
        assert self.question is not None  # noqa: S101  # nobody answers when nothing is asked
        path = self.question.path
        place = next((number for number, (known, _) in enumerate(self._later) if known == path), None)
        if place is not None:
            del self._later[: place + 1]
        fault = self._take(value)
        while not fault and self._fast and self._later and self.question and self.question.path == self._later[0][0]:
            fault = self._take(self._later.pop(0)[1])
        if self.question is None:
            self._fast = False
        return fault

    def back(self) -> bool:
        """Ask the question before; whether there was one."""
        if not self._given:
            return False
        self._later.insert(0, self._given[-1])
        self._replay(self._given[:-1])
        return True

    def correct(self, path: str) -> None:
        """Ask once more for the field at ``path``, as a refusal names it, and keep every other answer."""
        alone = bool(self._given) and self._given[0][0].startswith("1.") and not path[:1].isdigit()
        place = self._place(f"1.{path}" if alone else path)
        given = self._given
        self._replay(given[:place])
        self._later = given[place:]
        self._fast = True

    def _take(self, value: Any) -> Message | None:
        assert self.question is not None  # noqa: S101  # see give
        self._given.append((self.question.path, value))
        try:
            found = self._run.send(value)
        except StopIteration as end:
            self.question, self.content = None, end.value
            return None
        if isinstance(found, Question):
            self.question = found
            return None
        place = self._place(found.path)
        given = self._given
        self._later[:0] = given[place + 1 :]
        self._fast = False
        self._replay(given[:place])
        return found.message

    def _replay(self, given: Sequence[Answer]) -> None:
        self._given, self.content = [], None
        self._run = self._script()
        first = next(self._run)
        assert isinstance(first, Question)  # noqa: S101  # nothing was answered that could be wrong
        self.question = first
        for path, value in given:
            if self.question is None or self.question.path != path or self._take(value):
                return

    def _place(self, path: str) -> int:
        """The place of the answer that a fault is about: its own, one within it, or the nearest around it."""
        paths = [known for known, _ in self._given]
        while path:
            for number in reversed(range(len(paths))):
                if paths[number] == path or paths[number].startswith(f"{path}."):
                    return number
            path = path.rpartition(".")[0]
        return max(len(paths) - 1, 0)


def _whole(kind: RecordType, context: Context, prior: Mapping[str, Any] | None) -> Script:
    model = model_of(kind)
    if not kind.many or prior is not None:
        return (yield from _part(model, prior or {}, "", (), context))
    found: list[Content] = []
    while True:
        number = str(len(found) + 1)
        trail = (Message("{record} {number}", record=kind.title, number=number),)
        found.append((yield from _part(model, {}, f"{number}.", trail, context)))
        if not (yield Question(str(len(found) + 1), "more", None, ())):
            return found


def _part(
    model: type[Record], prior: Mapping[str, Any], path: str, trail: tuple[Sayable, ...], context: Context
) -> Script:
    content: Content = {}
    known: list[str] = []
    for name, shape in fields_of(model).items():
        known.append(name)

        def faults(value: Any, name: str = name) -> Iterator[Fault]:
            if value is None or (value == [] and name in content):
                content.pop(name, None)
            elif value != []:
                content[name] = value
            for where, message in faults_at(model, content, name, known, context):
                yield Fault(f"{path}{where}", message)

        value = yield from _field(shape, prior.get(name), f"{path}{name}", trail, context, faults)
        yield from faults(value)
    return content


def _field(
    shape: FieldShape,
    prior: Any,
    path: str,
    trail: tuple[Sayable, ...],
    context: Context,
    faults: Callable[[Any], Iterator[Fault]],
) -> Script:
    if shape.many:
        return (yield from _list(shape, prior or [], path, trail, context, faults))
    if shape.part is None:
        return (yield Question(path, "value", shape, trail, prior))
    if not shape.required and not (yield Question(path, "part", shape, trail, prior is not None)):
        return None
    return (yield from _part(shape.part, prior or {}, f"{path}.", (*trail, shape.label), context))


def _list(
    shape: FieldShape,
    prior: Sequence[Any],
    path: str,
    trail: tuple[Sayable, ...],
    context: Context,
    faults: Callable[[Any], Iterator[Fault]],
) -> Script:
    items: list[Any] = []
    waiting = list(prior)
    while True:
        here = f"{path}.{len(items)}"
        before = waiting.pop(0) if waiting else None
        if shape.part is None:
            value = yield Question(here, "value", shape, trail, before)
            if value is not None:
                items.append(value)
                yield from (fault for fault in faults([*items]) if fault.path == here)
        else:
            asks: Literal["keep", "more"] = "more" if before is None else "keep"
            value = yield Question(here, asks, shape, trail, before is not None or (shape.required and not items))
            if value:
                label = Message("{record} {number}", record=shape.label, number=len(items) + 1)
                items.append((yield from _part(shape.part, before or {}, f"{here}.", (*trail, label), context)))
        if before is None and (value is None or value is False):
            return items
