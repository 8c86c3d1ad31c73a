"""For the tests of hosts: a clock that stands still, an office in memory, the sample case, records of every type.

The strategies need Hypothesis, which is imported where they are used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from . import facts
from .casework import Casework
from .cli.demo import load_walk, steps
from .errors import Invalid, Problem, Refused, did_you_mean
from .extensions import Extension
from .messages import Message
from .office import Office
from .records.generated import WEEKS, complete, one_of_list
from .records.input import validate
from .records.kinds import ListOf, Scalar
from .records.schema import FieldShape, fields_of, model_of
from .records.types import RECORD_TYPES, RecordType
from .resources import shipped
from .values import Done
from .workflow import Workflow

if TYPE_CHECKING:  # a host's tests may do without it
    from hypothesis.strategies import SearchStrategy

OFFICE: Final = Office(agency="Dinas Sosial Kabupaten Contoh", place="Contoh")
STAFF: Final[tuple[Mapping[str, str], ...]] = (
    {"name": "head", "full_name": "Kepala Contoh", "role": "office_head"},
    {"name": "sup", "full_name": "Supervisor Contoh", "role": "supervisor"},
    {"name": "rina", "full_name": "Rina Contoh", "role": "practicum_student", "supervisor": "sup"},
    {"name": "maya", "full_name": "Maya Contoh", "role": "social_worker", "supervisor": "sup"},
    {"name": "intake", "full_name": "Petugas Contoh", "role": "intake_officer"},
    {"name": "budi", "full_name": "Auditor Contoh", "role": "auditor"},
)
"""One or more of each role; all of them are fictional."""
SAMPLE: Final = "case-s"
"""The example that ``sample_case`` walks."""
START: Final = date(2025, 1, 6)
"""The first day of what the strategies give."""
TODAY: Final = START + timedelta(weeks=WEEKS)
"""The working date on which what the strategies give is sound."""


@dataclass
class Clock:
    """A clock that stands still until somebody sets it.

    Args:
        now: the moment that it tells, with its time zone.
    """

    now: datetime = field(default_factory=lambda: datetime(2025, 12, 1, 8, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **time: float) -> None:
        """Go on by this time, as ``timedelta`` takes it: ``forward(days=3)``."""
        self.now += timedelta(**time)


def memory_casework(
    *,
    clock: Clock | None = None,
    office: Office = OFFICE,
    workflows: Sequence[Path] = (),
    templates: Sequence[Path] = (),
    extensions: Sequence[Extension] = (),
) -> Casework:
    """An office in memory, with ``STAFF`` and a clock that stands still; it is gone with the object.

    Args:
        clock: the clock, to set it; without it, one that stands on 1 December 2025.
        office: the office's profile.
        workflows: folders of workflow files that come before the shipped ones.
        templates: folders of templates, likewise.
        extensions: what the host adds. Those of installed packages are left out.
    """
    made = Casework(
        "sqlite://",
        office=office,
        workflows=workflows,
        templates=templates,
        clock=clock or Clock(),
        extensions=extensions,
        installed_extensions=False,
    )
    for person in STAFF:
        made.add_staff(**person)
    return made


def sample_case(cw: Casework, stage: str = "", *, example: str = SAMPLE) -> str:
    """Walk a shipped example until its case has entered ``stage``; the number of the case.

    Args:
        cw: an office with ``STAFF``, as ``memory_casework`` gives it, in which no sample was walked yet.
        stage: the stage; without one, the case is walked to its end.
        example: the example's folder.

    Raises:
        Invalid: the example comes through no such stage.
    """
    folder = shipped("examples") / example
    known = {person.name for person in cw.all_staff()}
    plan = load_walk(folder)
    for person in plan["staff"]:
        if person["name"] not in known:
            cw.add_staff(**person)
    number, passed = "", []
    for step in steps(cw, folder, plan):
        number = getattr(step.result, "number", number)
        here = cw.case(number).stage if step.verb == "open" or isinstance(step.result, Done) else ""
        if here:
            passed.append(here)
        if stage and here == stage:
            return number
    if stage:
        hint = did_you_mean(stage, passed) or Message("There are: {names}.", names=passed)
        unknown = Message("There is no {what} {name}. {hint}", what=Message("stage"), name=stage, hint=hint)
        raise Invalid(Message("{path} cannot be used.", path=example), [Problem("stage", unknown)])
    return number


@contextmanager
def refused(*guards: str) -> Iterator[None]:
    """A block that must be refused because of exactly these ``guards``; none named: whatever the reason is.

    Raises:
        AssertionError: it is not refused, or because of others.
    """
    try:
        yield
    except Refused as no:
        found = sorted(unmet.guard for unmet in no.unmet)
        if guards and found != sorted(guards):
            raise AssertionError(f"refused because of {found}, not of {sorted(guards)}: {no}") from no
        return
    raise AssertionError("this was not refused")


def clients() -> SearchStrategy[dict[str, Any]]:
    """Clients, as ``Casework.open`` takes them on ``TODAY``."""
    return records("client")


def records(record: str | RecordType, workflow: Workflow | None = None) -> SearchStrategy[dict[str, Any]]:
    """Contents of one type of record, each of them sound in itself on ``TODAY``.

    What stands beside them in a case may still refuse one: a plan that goes on longer than the contract.

    Args:
        record: the type of record, or its name.
        workflow: the workflow whose own forms, and whose host's records, are meant too.

    Raises:
        Invalid: there is no such type.
    """
    from hypothesis import strategies as st

    kinds = facts.record_types(workflow) if workflow else RECORD_TYPES
    kind = record if isinstance(record, RecordType) else kinds.get(record)
    if kind is None:
        hint = did_you_mean(str(record), list(kinds)) or Message("There are: {names}.", names=list(kinds))
        unknown = Message("There is no {what} {name}. {hint}", what=Message("record"), name=record, hint=hint)
        raise Invalid(Message("There is nothing to draw."), [Problem("", unknown)])
    reasons = list(workflow.closures) if workflow else ()

    @st.composite
    def drawn(draw: Any) -> dict[str, Any]:
        content = complete(kind, START, draw(st.integers(0, 3 if kind.many else 0)))
        for name, shape in fields_of(model_of(kind)).items():
            value = draw(_values(kind, f"{kind.name}.{name}", shape))
            changed = {key: one for key, one in content.items() if key != name}
            if value is not None:
                changed[name] = value
            if _sound(kind, changed, reasons):  # what goes with its other fields is kept, so that none is rejected
                content = changed
        return content

    return drawn()


def _sound(kind: RecordType, content: Mapping[str, Any], reasons: Sequence[str]) -> bool:
    try:
        validate(kind, content, today=TODAY, reasons=reasons)
    except Invalid:
        return False
    return True


def _values(kind: RecordType, path: str, shape: FieldShape) -> SearchStrategy[Any]:
    """Values for the field at ``path``; None leaves it out."""
    from hypothesis import strategies as st

    if shape.many:
        several = st.integers(0, 3).map(
            lambda count: [one_of_list(kind, path, shape, START, number) for number in range(count)]
        )
        return several if shape.required else st.one_of(st.none(), several)
    if shape.part:
        parts = {name: _values(kind, f"{path}.{name}", part) for name, part in fields_of(shape.part).items()}
        made = st.fixed_dictionaries(parts).map(
            lambda found: {name: value for name, value in found.items() if value is not None}
        )
    else:
        made = _scalars(shape)
    return made if shape.required else st.one_of(st.none(), made)


def _scalars(shape: FieldShape) -> SearchStrategy[Any]:
    from hypothesis import strategies as st

    kind = shape.kind.item if isinstance(shape.kind, ListOf) else shape.kind
    match kind.type if isinstance(kind, Scalar) else "text":
        case "choice" if isinstance(kind, Scalar):
            return st.sampled_from(kind.choices)
        case "boolean":
            return st.booleans()
        case "integer":
            return st.integers(0, 50) | st.integers(0, 50_000_000)
        case "number":
            return st.integers(0, 10_000).map(lambda number: number / 10)
        case "date":
            return st.dates(START, TODAY).map(date.isoformat)
    words = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), min_size=1, max_size=60)
    return words.map(lambda text: f"contoh {text}".strip())
