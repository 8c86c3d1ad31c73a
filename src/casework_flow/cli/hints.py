"""What to type next: each requirement's remedy as a command with the names of this case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .. import facts
from ..engine import Option, Requirement
from ..errors import Lack
from ..messages import Message, Sayable
from ..records.types import RecordType
from ..values import Case, Event, Staff
from ..workflow import ADVANCE, APPROVE, CLOSE, Workflow
from .app import App


def form_command(kind: RecordType, workflow: str) -> str:
    """The command that prints an empty form of a record."""
    of = f" --workflow {workflow}" if kind.form is not None else ""
    return f"casework new-file {kind.name}{of} > {kind.name}.yaml"


def dated(at: str | None) -> str:
    """The working date that a command was given; what is typed next needs it too."""
    return f" --at {at}" if at else ""


@dataclass(frozen=True, slots=True)
class Step:
    """The next step in a case: in words, as a command where there is one, and where its form comes from."""

    words: Sayable
    command: str | None = None
    form: str | None = None


@dataclass
class Hints:
    """The commands that fit a case as it stands."""

    casework: Any
    case: Case
    at: str | None = None
    """The working date that the command was given, see ``dated``."""

    @classmethod
    def of(cls, app: App) -> Hints | None:
        """For the case that the command is about, when there is one."""
        return cls(app.casework, app.casework.case(app.number), app.at) if app.number else None

    @cached_property
    def staff(self) -> Mapping[str, Staff]:
        """Everybody: the worker and their supervisor first."""
        found = {person.name: person for person in self.casework.all_staff()}
        worker = found[self.case.worker]
        first = [worker.name, *([worker.supervisor] if worker.supervisor else [])]
        return {name: found[name] for name in (*first, *found)}

    @cached_property
    def workflow(self) -> Workflow:
        """The workflow that the case lives by."""
        found: Workflow = self.casework.workflow(self.case.number)
        return found

    @cached_property
    def kinds(self) -> Mapping[str, RecordType]:
        """The types of record that the case may have."""
        return facts.record_types(self.workflow)

    @cached_property
    def events(self) -> Sequence[Event]:
        """The history of the case."""
        found: Sequence[Event] = self.casework.history(self.case.number)
        return found

    @cached_property
    def recorded(self) -> set[str]:
        """The records that the case has already in its present episode and cycle."""
        found: set[str] = set()
        scope = (1, 1)
        for event in self.events:
            body = event["body"]
            if "record" in body and event["kind"] == "recorded":
                found.add(body["record"])
            elif "episode" in body and (body["episode"], body["cycle"]) != scope:
                lasting = ("case",) if body["episode"] != scope[0] else ("case", "episode")
                found = {name for name in found if self.kinds[name].scope in lasting}
                scope = (body["episode"], body["cycle"])
        return found

    def full_name(self, name: str) -> str:
        """A member of staff by their full name."""
        return self.staff[name].full_name if name in self.staff else name

    def title(self, what: str) -> Sayable:
        """What people call a record or a move; its name where it has no other."""
        if what in self.kinds:
            return self.kinds[what].title
        if what == CLOSE:
            return Message("closing the case")
        return next((m.title for m in self.workflow.moves if m.name == what), Message("{what}", what=what))

    def who(self, roles: tuple[str, ...], without: str | None = None) -> str:
        """Somebody of one of these roles, as near to the case as possible, but not ``without``."""
        fit = (name for name, person in self.staff.items() if person.role in roles and name != without)
        return next(fit, "NAME")

    def remedy(self, requirement: Requirement, option: Option | None = None) -> str | None:
        """The command that meets a requirement, if there is one; a move's approval is asked for by trying it."""
        number, fix = self.case.number, requirement.fix
        if fix is None:
            return None
        if fix.startswith(APPROVE):
            what = fix.removeprefix(APPROVE)
            if self._rejected(what):
                return f"casework edit {number} {what} --as {self.case.worker}{self._dated}"
            if option and what in (option.move, CLOSE) and not self._asked(what, option.because):
                return self.command(option)
            return (
                f"casework approve {number} {what} --as {self.who(requirement.by, self._author(what))}{self._dated}"
            )
        kind = self.kinds.get(fix)
        revise = " --revise" if fix in self.recorded and not (kind and kind.many) else ""
        suffix = "csv" if kind and kind.table else "yaml"
        return f"casework record {number} {fix} {fix}.{suffix}{revise} --as {self.who(requirement.by)}{self._dated}"

    def leads_on(self, moves: Sequence[Option]) -> Step | None:
        """The next step of a case with these moves: forward, else to its regular end."""
        forward = [move for move in moves if move.move == ADVANCE]
        ends = [m for m in moves if m.move == CLOSE and self.workflow.closures[m.because or ""].complete]
        return self.next_step(forward or ends)

    def next_step(self, forward: Sequence[Option], lacking: Sequence[Lack] = ()) -> Step | None:
        """What to do next in the case, given the moves that lead on; None where nothing does.

        Args:
            forward: the moves that lead on.
            lacking: what their documents need yet, where nothing else stands in the way.
        """
        ready = next((move for move in forward if move.allowed), None)
        if ready and lacking:
            return self._supplied(lacking)
        if ready:
            return Step(self._made(ready), self.command(ready))
        unmet = [(requirement, move) for move in forward for requirement in move.unmet]
        for requirement, move in unmet:
            if command := self.remedy(requirement, move):
                return Step(self._remedied(requirement, command), command, self.form(requirement))
        return Step(unmet[0][0].message) if unmet else None

    def _supplied(self, lacking: Sequence[Lack]) -> Step:
        lack = next((one for one in lacking if self.supply(one)), lacking[0])
        if lack.record not in self.kinds:
            return Step(lack.message, self.supply(lack))
        title = self.title(lack.record)
        return Step(Message("supply what the documents still need: {record}.", record=title), self.supply(lack))

    def _made(self, move: Option) -> Sayable:
        if move.move == ADVANCE:
            return Message("everything is there; move on to {stage}.", stage=self.workflow.stages[move.stage].title)
        if move.move == CLOSE:
            return Message("close the case: {reason}.", reason=self.workflow.closures[move.because or ""].title)
        return Message("make the move {move}.", move=move.title or move.move)

    def _remedied(self, requirement: Requirement, command: str) -> Sayable:
        if requirement.approves and self._rejected(requirement.approves):
            return Message("correct what was rejected: {record}.", record=self.title(requirement.approves))
        if requirement.approves:
            return Message("let the supervisor approve: {what}.", what=self.title(requirement.approves))
        record = self.title(requirement.fix or "")
        if " --revise" in command:
            return Message("correct what is recorded: {record}.", record=record)
        return Message("record it: {record}.", record=record)

    def form(self, requirement: Requirement) -> str | None:
        """The command that prints an empty form of what meets a requirement, where nothing of it is recorded yet."""
        kind = self.kinds.get(requirement.fix or "")
        return form_command(kind, self.workflow.name) if kind and kind.name not in self.recorded else None

    def supply(self, lack: Lack) -> str | None:
        """The command that records what a document lacks, if a record holds it."""
        kind = self.kinds.get(lack.record)
        if kind is None:
            unsupervised = any(path.startswith("case.supervisor") for path in lack.paths)
            return f"casework staff change {self.case.worker} --supervisor NAME" if unsupervised else None
        revise = f" --revise {lack.number}" if lack.number else " --revise" if kind.name in self.recorded else ""
        file = f"{kind.name}.yaml"
        return f"casework record {self.case.number} {kind.name} {file}{revise} --as {self.case.worker}{self._dated}"

    @property
    def _dated(self) -> str:
        return dated(self.at)

    def _author(self, what: str) -> str | None:
        """Whose work it is: nobody approves their own."""
        work = (event for event in reversed(self.events) if event["kind"] in ("recorded", "approval_requested"))
        return next((e["by"] for e in work if what in (e["body"].get("record"), e["body"].get("what"))), None)

    def _rejected(self, what: str) -> bool:
        """Whether this record was rejected and not revised since; a move is simply asked for again."""
        for event in reversed(self.events if what in self.recorded else ()):
            kind, body = event["kind"], event["body"]
            if kind == "recorded" and body["record"] == what:
                return False
            if kind in ("approved", "rejected") and body["what"] == what:
                return bool(kind == "rejected")
        return False

    def _asked(self, what: str, because: str | None) -> bool:
        request = facts.open_request(self.events, what)
        return request is not None and request.because == because

    def command(self, option: Option) -> str:
        """The command that makes a move."""
        number = self.case.number
        who = f"--as {self.case.worker}{self._dated}"
        if option.move == ADVANCE:
            return f"casework advance {number} {who}"
        if option.move == CLOSE:
            return f"casework close {number} --because {option.because} {who}"
        return f'casework move {number} {option.move} --reason "…" {who}'
