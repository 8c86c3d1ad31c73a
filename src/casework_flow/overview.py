"""What is seen of many cases at once: the board, the load of each worker, a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from .messages import Sayable
from .tasks import Task
from .values import Case, Staff
from .waiting import Waiting


@dataclass(frozen=True, slots=True)
class Column:
    """A stage on the board: how many cases are in it, and the most urgent of them."""

    stage: str
    title: Sayable
    count: int
    late: int
    paused: int
    cases: tuple[Case, ...]

    def as_data(self, lang: str) -> dict[str, Any]:
        """The JSON form."""
        return {
            "stage": self.stage,
            "title": self.title.say(lang),
            "count": self.count,
            "overdue": self.late,
            "paused": self.paused,
            "cases": [case.as_data() for case in self.cases],
        }


@dataclass(frozen=True, slots=True)
class Board:
    """The open cases of the programmes that have the same stages."""

    workflows: Mapping[str, Sayable]
    columns: tuple[Column, ...]

    def as_data(self, lang: str) -> dict[str, Any]:
        """The JSON form."""
        return {"workflows": [*self.workflows], "stages": [column.as_data(lang) for column in self.columns]}


@dataclass(frozen=True, slots=True)
class Load:
    """The work of a member of staff: open cases by stage, those late or paused, visits of this week, what waits."""

    worker: Staff
    open: int
    stages: Mapping[str, int]
    late: int
    paused: int
    visits: int
    waiting: int

    def as_data(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "worker": self.worker.name,
            "full_name": self.worker.full_name,
            "supervisor": self.worker.supervisor,
            "open": self.open,
            "stages": dict(self.stages),
            "overdue": self.late,
            "paused": self.paused,
            "visits": self.visits,
            "waiting": self.waiting,
        }


@dataclass(frozen=True, slots=True)
class Today:
    """A day of a member of staff.

    ``decide`` waits for them, ``asked`` is what they wait for, ``returned`` was rejected and is theirs to do again,
    ``missed`` are the cases of those whom they supervise without a visit for weeks.
    """

    worker: Staff
    on: date
    visits: tuple[Task, ...] = ()
    late: tuple[Task, ...] = ()
    soon: tuple[Task, ...] = ()
    decide: tuple[Waiting, ...] = ()
    asked: tuple[Waiting, ...] = ()
    returned: tuple[Waiting, ...] = ()
    missed: tuple[Task, ...] = ()

    def as_data(self, lang: str) -> dict[str, Any]:
        """The JSON form."""
        due = {name: getattr(self, name) for name in ("visits", "late", "soon", "missed")}
        wait = {name: getattr(self, name) for name in ("decide", "asked", "returned")}
        return {
            "worker": self.worker.name,
            "on": self.on.isoformat(),
            **{name: [task.as_data() for task in found] for name, found in due.items()},
            **{name: [one.as_data(lang) for one in found] for name, found in wait.items()},
        }
