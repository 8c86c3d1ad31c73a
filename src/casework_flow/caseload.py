"""The caseload: the cases of an office, of one of its workers, of a stage; what is due in them, and what waits."""

from __future__ import annotations

import builtins
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from . import cases, tasks, waiting
from .calendar import working_days_after
from .cases import Loaded, Who
from .errors import Invalid, NotFound, NotPermitted, Problem, did_you_mean
from .messages import Message
from .moments import When
from .overview import Board, Column, Load, Today
from .reading import Reading
from .store import lists
from .store.store import Row, Transaction, state_of
from .tasks import Task
from .values import Case, Staff
from .waiting import Waiting
from .workflow import HAND_OVER, PERMISSIONS, READ, SEARCH, Workflow

SOON: Final = 5
"""Working days within which something is due soon, unless somebody asks for another number."""

TERMINATION: Final = "termination"
"""The record that says what was agreed for the time after a case's end."""


@dataclass
class _Seen:
    """The cases that one reading has loaded, each once."""

    office: Caseload
    tx: Transaction
    on: str
    loaded: dict[str, Loaded] = field(default_factory=dict)

    @property
    def today(self) -> date:
        return date.fromisoformat(self.on[:10])

    def load(self, row: Row) -> tuple[Loaded, Case]:
        number = row["number"]
        if number not in self.loaded:
            self.loaded[number] = self.office._loaded(self.tx, number, self.on)
        return self.loaded[number], self.case(row)

    def case(self, row: Row) -> Case:
        return cases.case_of(state_of(row), self.today)

    def in_stages(self, stages: set[str], wanted: Mapping[str, str]) -> Iterator[tuple[Loaded, Case]]:
        """The cases at work in one of these stages, loaded."""
        for stage in sorted(stages):
            for row in lists.page(self.tx, {**wanted, "stage": stage, "status": "active", "open": ""}):
                yield self.load(row)


class Caseload(Reading):
    """The cases of one office in one database, many at a time."""

    def list(
        self,
        *,
        stage: str | None = None,
        status: str | None = None,
        worker: str | None = None,
        workflow: str | None = None,
        overdue: bool = False,
        district: str | None = None,
        sort: str = "number",
        descending: bool = False,
        limit: int | None = None,
        after: str | None = None,
        at: When = None,
        by: Who | None = None,
    ) -> tuple[Case, ...]:
        """The cases that match.

        Args:
            stage: only cases in this stage.
            status: only ``active``, ``paused`` or ``closed`` ones.
            worker: only this worker's.
            workflow: only those of this programme.
            overdue: only those whose stage was due before the working date.
            district: only those whose client lives in the region of this code, or in one below it.
            sort: ``number``, ``due``, ``client``, ``worker`` or ``opened``.
            descending: the last one first.
            limit: at most so many; the rest comes with the last one's number as ``after``.
            after: only cases that come after the one of this number.
            at: the working date by which a case is late.
            by: who reads; see ``search``. None: whoever has the database.

        Raises:
            Invalid: nothing can be sorted by ``sort``.
        """
        if sort not in lists.SORTS:
            hint = Message("One of these is expected: {names}.", names=[*lists.SORTS])
            raise Invalid(Message("Cases cannot be sorted by {sort}.", sort=sort), [Problem("sort", hint)])
        on = self._moment(at)
        wanted = _given(stage=stage, status=status, worker=worker, workflow=workflow, district=district)
        if overdue:
            wanted["today"] = on[:10]
        with self._store.reading() as tx:
            self._check(tx, worker, workflow, stage)
            within, named = self._within(tx, by)
            if not named and (district or sort == "client"):
                raise _nameless()
            found = lists.page(tx, wanted | within, sort=sort, descending=descending, limit=limit, after=after)
            shown = found if named else _without_names(found)
            return tuple(cases.case_of(state_of(row), date.fromisoformat(on[:10])) for row in shown)

    def next_due(self, *, worker: str | None = None, limit: int = 50, after: Case | None = None) -> tuple[Case, ...]:
        """The open cases that are due next, the most urgent first; paused ones have no such day.

        Args:
            worker: only this worker's.
            limit: at most so many.
            after: the last one of the page before.
        """
        with self._store.reading() as tx:
            return tuple(
                self._case_of(state_of(row)) for row in tx.next_due(worker, limit, after.number if after else None)
            )

    def search(
        self, text: str, *, by: Who | None = None, limit: int | None = None, after: str | None = None
    ) -> tuple[Case, ...]:
        """The cases whose client's name or number holds ``text``, or whose client has that NIK or telephone.

        Small and capital letters are alike; a NIK must be whole, a telephone number may be a part of one.

        Args:
            text: what is looked for.
            by: who searches: a worker finds their own cases, a supervisor those of their unit; who may not read a
                client's record finds by number only, and is told no name. None: whoever has the database.
            limit: at most so many; the rest comes with the last one's number as ``after``.
            after: only cases whose number comes later.

        Raises:
            Invalid: there is nothing to look for.
            NotFound: there is nobody called ``by``.
        """
        if not text.strip():
            raise Invalid(
                Message("There is nothing to look for."),
                [Problem("text", Message("A name, a case number, a NIK or a telephone number is expected."))],
            )
        wanted = {"text": " ".join(text.split())}
        with self._store.reading() as tx:
            within, named = self._within(tx, by)
            wanted = wanted if named else {"number": wanted["text"]}
            rows = lists.page(tx, wanted | within, limit=limit, after=after)
            return tuple(self._case_of(state_of(row)) for row in (rows if named else _without_names(rows)))

    def board(
        self,
        *,
        worker: str | None = None,
        workflow: str | None = None,
        most: int = 8,
        at: When = None,
        by: Who | None = None,
    ) -> tuple[Board, ...]:
        """The open cases by stage, programmes with the same stages together, the fullest board first.

        Args:
            worker: only this worker's.
            workflow: only those of this programme.
            most: how many cases of each stage are named, the most urgent first; all are counted.
            at: the working date by which a case is late.
            by: who reads, and sees the cases of their unit; see ``search``.

        Raises:
            NotPermitted: the role of ``by`` may not read cases.
        """
        on = self._moment(at)
        wanted = _given(worker=worker, workflow=workflow)
        with self._store.reading() as tx:
            self._check(tx, worker, workflow)
            wanted |= self._read_within(tx, by)
            seen = _Seen(self, tx, on)
            counted = lists.tally(tx, wanted, on[:10])
            flows = {row["workflow_digest"]: self._engines.workflow(tx, row["workflow_digest"]) for row in counted}
            cards = lists.first(tx, wanted, most)
            by_stages: dict[tuple[str, ...], builtins.list[str]] = {}
            for digest in sorted(flows, key=lambda digest: (flows[digest].name, -flows[digest].version)):
                by_stages.setdefault(flows[digest].order, []).append(digest)
            boards = [
                _board([flows[digest] for digest in own], _of(counted, own), [*map(seen.case, _of(cards, own))], most)
                for own in by_stages.values()
            ]
            return tuple(sorted(boards, key=lambda board: -sum(column.count for column in board.columns)))

    def due(
        self,
        *,
        within: int = SOON,
        worker: str | None = None,
        workflow: str | None = None,
        at: When = None,
        by: Who | None = None,
    ) -> tuple[Task, ...]:
        """What is late, and what is due soon, the most urgent first: stages, visits, returns and follow-ups.

        Args:
            within: working days from the working date on; 0 is that day alone.
            worker: only in this worker's cases.
            workflow: only in those of this programme.
            at: the working date.
            by: who reads, and sees the cases of their unit; see ``search``.

        Raises:
            NotPermitted: the role of ``by`` may not read cases.
        """
        with self._store.reading() as tx:
            self._check(tx, worker, workflow)
            wanted = _given(worker=worker, workflow=workflow) | self._read_within(tx, by)
            seen = _Seen(self, tx, self._moment(at))
            days = self._days(seen.today, within)
            return tuple(_sorted(self._due(seen, days, wanted)))

    def due_in(self, number: str, *, within: int = SOON, at: When = None) -> tuple[Task, ...]:
        """What is late or due soon in one case besides its stage, the most urgent first.

        Args:
            number: the case's number.
            within: see ``due``.
            at: the working date.

        Raises:
            NotFound: there is no such case.
        """
        with self._store.reading() as tx:
            on = self._moment(at)
            loaded = self._loaded(tx, number, on)
            case, days = cases.case_of(loaded.state, loaded.today), self._days(loaded.today, within)
            found = [*tasks.visits(loaded, case, days)] if tasks.is_visited(loaded) else []
            if case.status == "paused":
                found += tasks.returning(loaded, case, days)
            ended = loaded.entries.get(TERMINATION) if case.status == "closed" else None
            if ended:
                found += tasks.followup(ended[-1].content, case, days)
            return tuple(_sorted(iter(found)))

    def approvals(self, *, by: Who | None = None, worker: str | None = None, at: When = None) -> tuple[Waiting, ...]:
        """What waits for an approval, the longest first; what was rejected waits for its worker, and is not here.

        Args:
            by: only what this member of staff may decide.
            worker: only in this worker's cases.
            at: the working date.

        Raises:
            NotFound: there is nobody called ``by``.
        """
        with self._store.reading() as tx:
            self._check(tx, worker)
            seen = _Seen(self, tx, self._moment(at))
            decider = cases.staff(tx, by).name if by is not None else None
            found = [one for one in self._waits(seen, _given(worker=worker)) if one.rejection is None]
            return tuple(one for one in found if decider is None or decider in one.may)

    def workload(self, *, supervisor: str | None = None, at: When = None, by: Who | None = None) -> tuple[Load, ...]:
        """The work of each member of staff who has open cases, by name.

        Args:
            supervisor: only of those whom this one supervises.
            at: the working date.
            by: who reads: whoever hands cases over sees the work of their unit, a head of office that of all.

        Raises:
            NotPermitted: the role of ``by`` hands no cases over.
        """
        with self._store.reading() as tx:
            self._check(tx, supervisor)
            seen = _Seen(self, tx, self._moment(at))
            wanted = self._read_within(tx, by, HAND_OVER) or _given(unit=supervisor)
            counted = lists.tally(tx, wanted, seen.on[:10])
            days = self._days(seen.today, SOON)
            visits = [task.case.worker for task in self._visits(seen, days, wanted) if _this_week(task, seen.today)]
            waiting = [one.case.worker for one in self._waits(seen, wanted) if one.rejection is None]
            people = {row["name"]: cases.staff_of(row) for row in tx.all_staff()}
            return tuple(
                _load(people[name], [row for row in counted if row["worker"] == name], visits, waiting)
                for name in sorted({row["worker"] for row in counted})
            )

    def today(self, who: Who, *, at: When = None, within: int = SOON) -> Today:
        """The day of a member of staff: visits, what is late or due soon, what waits for them or they wait for.

        Args:
            who: whose day.
            at: the working date.
            within: working days within which something is due soon.

        Raises:
            NotFound: there is nobody of that name.
        """
        with self._store.reading() as tx:
            seen = _Seen(self, tx, self._moment(at))
            person, days = cases.staff(tx, who), self._days(seen.today, within)
            due = _sorted(self._due(seen, days, {"worker": person.name}))
            visits = [task for task in due if task.what == "visit" and _this_week(task, seen.today)]
            others = [task for task in due if task not in visits]
            own = {"unit": person.name}
            waits = [*self._waits(seen, {} if self._works_everywhere(tx, person) else own)]
            return Today(
                person,
                seen.today,
                visits=tuple(visits),
                late=tuple(task for task in others if task.late),
                soon=tuple(task for task in others if not task.late),
                decide=tuple(one for one in waits if person.name in one.may and not one.rejection),
                asked=tuple(one for one in waits if one.case.worker == person.name and not one.rejection),
                returned=tuple(one for one in waits if one.case.worker == person.name and one.rejection),
                missed=tuple(
                    task
                    for loaded, case in self._visited(seen, own)
                    if loaded.worker.supervisor == person.name
                    for task in tasks.missed(loaded, case, days)
                ),
            )

    # inside

    def _within(self, tx: Transaction, by: Who | None) -> tuple[dict[str, str], bool]:
        """The cases that ``by`` may find, as a filter, and whether they are told the clients' names."""
        if by is None:
            return {}, True
        actor = cases.staff(tx, by)
        unit = {} if self._office_may(tx, actor, SEARCH) else {"unit": actor.name}
        return unit, self._office_may(tx, actor, READ, "client")

    def _read_within(self, tx: Transaction, by: Who | None, act: str = READ) -> dict[str, str]:
        """The cases that ``by`` may read, or ``act`` upon, as a filter.

        Raises:
            NotPermitted: their role may not in any.
        """
        if by is None:
            return {}
        actor = cases.staff(tx, by)
        self._permit_office(tx, actor, act)
        return {} if self._office_may(tx, actor, "any_case") else {"unit": actor.name}

    def _office_may(self, tx: Transaction, actor: Staff, act: str, what: str = "") -> bool:
        """Whether the role of ``actor`` may do ``act`` in every programme by which cases live."""
        flows = builtins.list(self._flows(tx))
        if not flows:
            return actor.role in PERMISSIONS.get(f"{act} {what}", PERMISSIONS[act])
        return all(flow.may(actor.role, act, what) for flow in flows)

    def _permit_office(self, tx: Transaction, actor: Staff, act: str) -> None:
        for flow in self._flows(tx):
            cases.permit(flow, actor, act)
        if not self._office_may(tx, actor, act):  # there is no case yet
            raise cases.not_permitted(actor, act, PERMISSIONS[act])

    def _loaded(self, tx: Transaction, number: str, on: str) -> Loaded:
        return cases.load(tx, number, on, self._engines, self.office.letter.language)

    def _check(
        self, tx: Transaction, worker: str | None, workflow: str | None = None, stage: str | None = None
    ) -> None:
        """Refuse names that no case can have: a list that is empty because of a slip of the pen tells a lie.

        Raises:
            NotFound: there is no such member of staff or programme, or there are cases and none can have that stage.
        """
        if worker is not None:
            cases.staff(tx, worker)
        flows = [*self._flows(tx)] if workflow or stage else []
        programmes = {*self.library.paths, *(flow.name for flow in flows)} if workflow else set()
        for name, known in ((workflow, programmes), (stage, {name for flow in flows for name in flow.order})):
            if name and known and name not in known:
                hint = did_you_mean(name, sorted(known)) or Message("There are: {names}.", names=sorted(known))
                raise NotFound(Message("No case of this office has {name}. {hint}", name=name, hint=hint))

    def _days(self, today: date, within: int) -> tasks.Days:
        closed_on = self.office.closed_on()
        return tasks.Days(today, working_days_after(today, within, closed_on), closed_on)

    def _flows(self, tx: Transaction) -> Iterator[Workflow]:
        """Every workflow by which cases live."""
        return (self._engines.workflow(tx, digest) for digest in tx.workflow_digests())

    def _works_everywhere(self, tx: Transaction, person: Staff) -> bool:
        return any(flow.may(person.role, "any_case") for flow in self._flows(tx))

    def _due(self, seen: _Seen, days: tasks.Days, wanted: Mapping[str, str]) -> Iterator[Task]:
        tx = seen.tx
        for row in lists.page(tx, {**wanted, "status": "active", "open": "", "until": days.until.isoformat()}):
            yield days.task(seen.case(row), "stage", date.fromisoformat(row["due_on"]))
        yield from self._visits(seen, days, wanted)
        for row in lists.page(tx, {**wanted, "status": "paused", "open": ""}):
            loaded, case = seen.load(row)
            yield from tasks.returning(loaded, case, days)
        since = (seen.today - tasks.FOLLOWUP_SOUGHT).isoformat()
        latest = {row["id"]: row for row in lists.closed_since(tx, TERMINATION, since, wanted)}
        for row in latest.values():
            yield from tasks.followup(json.loads(row["content"]), seen.case(row), days)

    def _visits(self, seen: _Seen, days: tasks.Days, wanted: Mapping[str, str]) -> Iterator[Task]:
        for loaded, case in self._visited(seen, wanted):
            yield from tasks.visits(loaded, case, days)

    def _visited(self, seen: _Seen, wanted: Mapping[str, str]) -> Iterator[tuple[Loaded, Case]]:
        stages = {
            stage.name for flow in self._flows(seen.tx) for stage in flow.stages.values() if stage.until is not None
        }
        return (found for found in seen.in_stages(stages, wanted) if tasks.is_visited(found[0]))

    def _waits(self, seen: _Seen, wanted: Mapping[str, str]) -> builtins.list[Waiting]:
        stages = {
            stage.name
            for flow in self._flows(seen.tx)
            for stage in flow.stages.values()
            if any(guard.approves for guard in stage.requires)
        }
        staff = [cases.staff_of(row) for row in seen.tx.all_staff()]
        found = {loaded.state.number: (loaded, case) for loaded, case in seen.in_stages(stages, wanted)}
        for row in lists.asked(seen.tx, wanted):
            found[row["number"]] = seen.load(row)
        waits = [one for loaded, case in found.values() for one in waiting.waits(loaded, case, staff)]
        return sorted(waits, key=lambda one: (one.since, one.case.number))


def _without_names(rows: Sequence[Row]) -> builtins.list[Row]:
    return [{**row, "client": ""} for row in rows]


def _nameless() -> NotPermitted:
    return NotPermitted(Message("Your role is told no client's name or address, nor anything that depends on one."))


def _given(**wanted: str | None) -> dict[str, str]:
    return {name: value for name, value in wanted.items() if value is not None}


def _of(rows: Sequence[Row], digests: Sequence[str]) -> builtins.list[Row]:
    return [row for row in rows if row["workflow_digest"] in digests]


def _board(flows: Sequence[Workflow], counted: Sequence[Row], cards: Sequence[Case], most: int) -> Board:
    urgent = sorted(cards, key=lambda case: (case.due_on or date.max, case.number))

    def column(stage: str) -> Column:
        own = [row for row in counted if row["stage"] == stage]
        return Column(
            stage,
            flows[0].stages[stage].title,
            sum(row["count"] for row in own),
            sum(row["late"] for row in own),
            sum(row["count"] for row in own if row["status"] == "paused"),
            tuple([case for case in urgent if case.stage == stage][:most]),
        )

    return Board({flow.name: flow.title for flow in flows}, tuple(column(stage) for stage in flows[0].order))


def _load(worker: Staff, counted: Sequence[Row], visits: Sequence[str], waiting: Sequence[str]) -> Load:
    stages: dict[str, int] = {}
    for row in counted:
        stages[row["stage"]] = stages.get(row["stage"], 0) + row["count"]
    return Load(
        worker,
        sum(row["count"] for row in counted),
        stages,
        sum(row["late"] for row in counted),
        sum(row["count"] for row in counted if row["status"] == "paused"),
        visits.count(worker.name),
        waiting.count(worker.name),
    )


def _sorted(found: Iterator[Task]) -> builtins.list[Task]:
    return sorted(found, key=lambda task: (task.due_on, task.case.number, task.what, task.week or 0))


def _this_week(task: Task, today: date) -> bool:
    """Whether a visit lies in the week of its contract in which today lies."""
    return task.since is not None and task.since <= today <= task.due_on
