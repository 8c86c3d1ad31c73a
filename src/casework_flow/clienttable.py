"""An office's table of clients, read as cases that are to begin where they stand, or ended long ago.

Every row is judged before anything is written, and everything that is wrong is told at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from . import headings, notation, recording
from .columns import CLIENT, IGNORE, Column, Layout, TableMapping
from .errors import CaseworkError, Invalid, Problem, did_you_mean
from .messages import Message, Sayable, languages
from .records.input import validate
from .records.types import RECORD_TYPES
from .recordtable import converted, earliest
from .tables import MOST_PROBLEMS, Row, unreadable
from .values import Staff
from .workflow import STATUS_WORDS, STATUSES, Workflow

_INITIALS: Final = 3
"""Letters of initials that are drawn from a name."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A case that a row asks for."""

    place: str
    flow: Workflow
    worker: Staff
    client: dict[str, Any]
    stage: str
    status: str
    because: str | None
    opened_on: str
    stage_since: str
    closed_on: str | None
    reference: str | None
    warnings: tuple[Sayable, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What an office knows beside the table.

    ``workflow`` is the programme where the table names none, ``worker`` who has a case where it names nobody;
    ``load`` gives a programme by its name.
    """

    today: date
    names: Sequence[str]
    load: Callable[[str], Workflow]
    workflow: str | None
    staff: Sequence[Staff]
    worker: Staff
    lang: str
    mapping: TableMapping


@dataclass(frozen=True, slots=True)
class Person:
    """The client of a row, as far as the row could be read."""

    place: str
    client: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """All rows of a table: the cases that they ask for, and everything that is wrong with them."""

    name: str
    drafts: tuple[Draft, ...]
    people: tuple[Person, ...]
    """The clients of all rows, of faulty ones too."""
    flows: tuple[Workflow, ...]
    problems: tuple[Problem, ...]
    remarks: tuple[Message, ...]

    def refuse_faults(self, besides: Iterable[Problem]) -> None:
        """Refuse the table where rows have faults.

        Args:
            besides: what else is told then.

        Raises:
            Invalid: every fault is named with its place and its heading.
        """
        if not self.problems:
            return
        problems = [*self.problems, *besides]
        more = len(problems) - MOST_PROBLEMS
        rest = [Problem("", Message("{count} further faults are not shown.", count=more))] if more > 0 else []
        raise Invalid(
            Message("{name} cannot be imported; nothing was.", name=self.name), [*problems[:MOST_PROBLEMS], *rest]
        )


def read(found: Layout, known: Known) -> Reading:
    """The rows of a table, each judged whatever is wrong with another.

    Raises:
        Invalid: there is no row.
    """
    problems: list[Problem] = []
    for column in found.unknown:
        words = Message(
            "Nobody knows what this column gives (such as {sample}); say so in a mapping, or that it is ignored.",
            sample=notation.shown(column.sample),
        )
        problems.append(Problem(f"{found.name}: {column.heading}", words))
    drawn: list[Draft] = []
    people: list[Person] = []
    remarks: list[Message] = []
    flows: dict[str, Workflow] = {}
    for sheet, at, columns in found.sheets:
        rows = sheet.rows[at + 1 :]
        first = {c.heading for c in columns if any(notation.has_month_first(row[c.place]) for row in rows)}
        for row in rows:
            if _sums_up(row, columns):
                what = Message("this row sums up the others; it is left out.")
                remarks.append(Message("{where}: {what}", where=row.place, what=what))
                continue
            reader = _Reader(row, columns, known, first, problems)
            draft = reader.draft()
            if draft is not None:
                drawn.append(draft)
            people.append(Person(row.place, draft.client if draft else reader.told))
            if reader.flow:
                flows[reader.flow.digest] = reader.flow
    if not people and not problems:
        raise unreadable(found.name, Problem(found.name, Message("The table has no row.")))
    return Reading(found.name, tuple(drawn), tuple(people), tuple(flows.values()), tuple(problems), tuple(remarks))


def _sums_up(row: Row, columns: Sequence[Column]) -> bool:
    """Whether the row is a total below the clients: it begins with that word, or has it in place of a name."""
    filled = [cell for cell in row.cells if cell not in (None, "")]
    names = [row[c.place] for c in columns if c.target == f"{CLIENT}.name"]
    return headings.is_total(filled[:1]) or headings.is_total(names)


class _Reader:
    """One row, read into a draft; what is wrong with it goes to the problems of the table."""

    def __init__(
        self,
        row: Row,
        columns: Sequence[Column],
        known: Known,
        month_first: set[str],
        problems: list[Problem],
    ) -> None:
        self.row = row
        self.columns = {column.target: column for column in columns if column.target not in (None, IGNORE)}
        self.known = known
        self.month_first = month_first
        self.problems = problems
        self.before = len(problems)
        self.flow: Workflow | None = None
        self.told: dict[str, Any] = {}
        """What the row says of the client, before it is judged."""

    def note(self, target: str, message: Sayable) -> None:
        """Something is wrong with what gives ``target``."""
        column = self.columns.get(target)
        place = f"{self.row.place}: {column.heading}" if column else f"{self.row.place}: {target}"
        self.problems.append(Problem(place, message))

    def cell(self, target: str) -> Any:
        """What the row has for ``target``; what the mapping says that it means."""
        column = self.columns.get(target)
        cell = self.row[column.place] if column else None
        if cell in (None, ""):
            return None
        return self.known.mapping.meant(target, cell) or cell

    def draft(self) -> Draft | None:
        """The row as a draft; None where something is wrong with it."""
        flow = self.flow = self._workflow()
        worker = self._worker()
        opened = self._day("opened_on")
        since = self._day("stage_since")
        closed = self._day("closed_on")
        begun = opened or since or closed or self.known.today
        for earlier, target, later in ((begun, "stage_since", since), (since or begun, "closed_on", closed)):
            if later is not None and later < earlier:
                self.note(f"case.{target}", Message("{day} lies before {other}.", day=later, other=earlier))
        client = self.told = self._client(begun)
        status = self._status(closed)
        stage = self._stage(flow, status) if flow else ""
        because = self._because(flow, status)
        content, warnings = self._validated(client, flow)
        if len(self.problems) > self.before or worker is None or flow is None:
            return None
        return Draft(
            place=self.row.place,
            flow=flow,
            worker=worker,
            client=content,
            stage=stage,
            status=status,
            because=because,
            opened_on=begun.isoformat(),
            stage_since=(since or begun).isoformat(),
            closed_on=closed.isoformat() if closed else None,
            reference=str(reference) if (reference := self.cell("case.reference")) is not None else None,
            warnings=tuple(warnings),
        )

    # the case

    def _workflow(self) -> Workflow | None:
        wanted = self.cell("case.workflow")
        name = self.known.workflow
        if wanted is not None:
            name = one_of(str(wanted), {name: self._titles(name) for name in self.known.names})
            if name is None:
                words = Message(
                    "{name} is no programme here; there are: {names}.", name=wanted, names=self.known.names
                )
                self.note("case.workflow", words)
                return None
        if name is None:
            words = Message("The programme is missing; name one for all rows with --workflow.")
            self.note("case.workflow", words)
            return None
        return self.known.load(name)

    def _titles(self, name: str) -> list[str]:
        try:
            title = self.known.load(name).title
        except CaseworkError:
            return []  # a file of the office's that is not sound stands in nobody's way here
        return [title.say(lang) for lang in languages()]

    def _worker(self) -> Staff | None:
        wanted = self.cell("case.worker")
        if wanted is None:
            return self.known.worker
        plain = headings.plain(wanted)
        found = [p for p in self.known.staff if plain in (headings.plain(p.name), headings.plain(p.full_name))]
        if len(found) == 1:
            return found[0]
        hint = did_you_mean(str(wanted), [person.name for person in self.known.staff]) or ""
        words = Message("There is no member of staff called {name}. {hint}", name=wanted, hint=hint)
        self.note("case.worker", words)
        return None

    def _day(self, name: str) -> date | None:
        target = f"case.{name}"
        column = self.columns.get(target)
        if column is None:
            return None
        today = self.known.today
        try:
            found = notation.day(
                self.cell(target),
                today=today,
                months=headings.months(),
                earliest=earliest(name, today),
                month_first=column.heading in self.month_first,
            )
        except notation.Unclear as unclear:
            self.note(target, unclear.message)
            return None
        if found is not None and found > today:
            self.note(target, Message("{value} is after the working date {today}.", value=found, today=today))
        return found

    def _status(self, closed: date | None) -> str:
        cell = self.cell("case.status")
        status = "closed" if closed else "active"
        if cell is None:
            return status
        found = headings.word("case", "status", str(cell), {str(name): said for name, said in STATUS_WORDS.items()})
        if found is None:
            words = Message("{value} is none of: {choices}.", value=notation.shown(cell), choices=list(STATUSES))
            self.note("case.status", words)
        elif found == "closed" and closed is None:
            self.note("case.closed_on", Message("The case is closed, and the day is missing."))
        elif found != "closed" and closed is not None:
            self.note("case.status", Message("The case has a day of closing, and is not closed."))
        return found or status

    def _stage(self, flow: Workflow, status: str) -> str:
        cell = self.cell("case.stage")
        if cell is None:
            return flow.last if status == "closed" else flow.first
        titles = {name: [stage.title.say(lang) for lang in languages()] for name, stage in flow.stages.items()}
        found = one_of(str(cell), titles)
        if found is None:
            names = [stage.title for stage in flow.stages.values()]
            words = Message(
                "{value} is no stage of {workflow}: {names}.", value=cell, workflow=flow.name, names=names
            )
            self.note("case.stage", words)
        return found or flow.first

    def _because(self, flow: Workflow | None, status: str) -> str | None:
        cell = self.cell("case.because")
        if cell is None:
            return None
        if status != "closed":
            self.note("case.because", Message("A reason to close is given, and the case is not closed."))
            return None
        if flow is None:
            return None
        titles = {name: [one.title.say(lang) for lang in languages()] for name, one in flow.closures.items()}
        found = one_of(str(cell), titles)
        if found is None:
            self.note(
                "case.because",
                Message(
                    "{because} is no reason to close a case in this workflow; the reasons are: {reasons}.",
                    because=cell,
                    reasons=list(flow.closures),
                ),
            )
        return found

    # the client

    def _client(self, begun: date) -> dict[str, Any]:
        kind = RECORD_TYPES[CLIENT]
        data: dict[str, Any] = {}
        for target, column in self.columns.items():
            group, _, path = str(target).partition(".")
            if group != CLIENT:
                continue
            try:
                first = column.heading in self.month_first
                value = converted(kind, path, self.cell(str(target)), self.known.today, month_first=first)
            except notation.Unclear as unclear:
                self.note(str(target), unclear.message)
                continue
            if value not in (None, ""):
                _put(data, path, value)
        self._address(data)
        self._complete(data, begun)
        return data

    def _address(self, data: dict[str, Any]) -> None:
        """The address in full, made of the parts that have columns of their own."""
        forms: Mapping[str, str] = headings.data()["address"]
        parts = {"detail": data.get("address", {}).get("detail")}
        parts |= {part: cell for part in forms if part != "detail" and (cell := self.cell(f"address.{part}"))}
        texts = [forms[part].format(parts[part]) for part in forms if parts.get(part)]
        if texts:
            _put(data, "address.detail", ", ".join(texts))
        code = data.get("address", {}).get("region", {}).get("code")
        if code:
            scheme = "kemendagri" if "." in code else "bps"
            data["address"]["region"]["scheme"] = scheme

    def _complete(self, data: dict[str, Any], begun: date) -> None:
        """What a table leaves open and a record must say: that it is not known."""
        name = str(data.get("name", ""))
        if name and "initials" not in data:
            letters = [word[0].upper() for word in name.split() if word[0].isalpha()]
            data["initials"] = "".join(letters[:_INITIALS]) or name[:1]
        data.setdefault("sex", "unknown")
        if "nik" not in data and "nik_absent_reason" not in data:
            data["nik_absent_reason"] = Message("The table that was imported has none.").say(self.known.lang)
        if "birth_date" in data:
            data.pop("age_years", None)
        elif "age_years" in data:
            data["as_of"] = begun.isoformat()

    def _validated(self, data: dict[str, Any], flow: Workflow | None) -> tuple[dict[str, Any], Sequence[Sayable]]:
        kind = RECORD_TYPES[CLIENT]
        try:
            if flow is None:
                validate(kind, data, today=self.known.today)
                return {}, ()
            return recording.validated(kind, data, flow, self.known.today)
        except Invalid as fault:
            noted = {p.where for p in self.problems[self.before :]}
            for problem in fault.problems:
                column = self.columns.get(f"{CLIENT}.{problem.where}")
                if column is None or f"{self.row.place}: {column.heading}" not in noted:
                    self.note(f"{CLIENT}.{problem.where}", problem.message)
            return {}, ()


def _put(data: dict[str, Any], path: str, value: Any) -> None:
    *above, last = path.split(".")
    for name in above:
        data = data.setdefault(name, {})
    data[last] = value


def one_of(text: str, known: Mapping[str, Iterable[str]]) -> str | None:
    """The name that ``text`` means: one of the names, one of their titles, or a word that only one of them has."""
    wanted = headings.plain(text)
    called = {name: {headings.plain(name), *map(headings.plain, titles)} for name, titles in known.items()}
    exact = [name for name, forms in called.items() if wanted in forms]
    if len(exact) == 1:
        return exact[0]
    near = [
        name
        for name, titles in known.items()
        for text in (" ".join((re.sub("[-_]", " ", name), *titles)),)
        if wanted and wanted in map(headings.plain, text.split())
    ]
    return near[0] if len(near) == 1 and not exact else None
