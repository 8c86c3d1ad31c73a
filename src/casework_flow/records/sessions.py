"""The sessions of the intervention, measured against the contract's weeks.

A visit belongs to the week in whose seven days it lies, whatever the weekday; the week number that the worker
wrote says for which planned visit it stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cached_property
from typing import Annotated, TypedDict

from .base import Content, Day, Like, ManyView, figure
from .contract import ContractView
from .finance import FinanceView

Sessions = Annotated[list[Content], Like("session")]

WeekRow = TypedDict(
    "WeekRow",
    {
        "week": int,
        "from": Day,
        "to": Day,
        "held": bool,
        "sessions": Sessions,
        "days": int,
        "consistent": bool,
        "income": int,
        "spending": int,
    },
)
"""One week of the progress note: its sessions, and the finance book's days and sums of the week in rupiah."""


class SessionsView(ManyView):
    """The sessions, held or not."""

    def _with_status(self, status: str) -> list[Content]:
        return [item for item in self.items if item["status"] == status]

    @figure
    def held_items(self) -> Sessions:
        """The sessions that were held."""
        return self._with_status("held")

    @figure
    def held(self) -> int:
        """How many sessions were held."""
        return len(self.held_items)

    @figure
    def cancelled(self) -> int:
        """How many sessions were cancelled."""
        return len(self._with_status("cancelled"))

    @figure
    def absent(self) -> int:
        """How many times the client was absent."""
        return len(self._with_status("client_absent"))

    @figure
    def attempted(self) -> int:
        """How many sessions are logged, held or not."""
        return self.count

    @figure
    def planned(self) -> int | None:
        """How many visits the contract plans, addenda included."""
        return self.world.view(ContractView).planned_visits

    @figure
    def held_ratio(self) -> float | None:
        """Sessions held for each one planned (1 is all of them); None without a contract."""
        return self.held / self.planned if self.planned else None

    @cached_property
    def elapsed_weeks(self) -> list[int]:
        """The weeks that are over and in which the case did not rest."""
        contract = self.world.view(ContractView)
        return [
            number
            for number in contract.weeks_begun
            if number <= contract.weeks_elapsed and not self._rested(*contract.week(number))
        ]

    def _rested(self, first: date, last: date) -> bool:
        return any(
            since <= last.isoformat() and (until is None or until > first.isoformat())
            for since, until in self.world.case.get("pauses", ())
        )

    def _in_week(self, number: int) -> Iterator[Content]:
        contract = self.world.view(ContractView)
        for item in self.items:
            if contract.week_of(date.fromisoformat(item["held_on"])) == number:
                yield item

    @figure
    def unlogged_weeks(self) -> list[int]:
        """The elapsed weeks of the contract for which no session is logged, not even a cancelled one."""
        logged = {item["week_no"] for item in self.items}
        return [number for number in self.elapsed_weeks if number not in logged]

    @figure
    def missed_weeks(self) -> list[int]:
        """The elapsed weeks of the contract in whose seven days no session was held."""
        return [
            number
            for number in self.elapsed_weeks
            if not any(item["status"] == "held" for item in self._in_week(number))
        ]

    @figure
    def missed_in_a_row(self) -> int:
        """How many elapsed weeks without a session held follow each other up to the last one that is over."""
        missed, run = set(self.missed_weeks), 0
        for number in reversed(self.elapsed_weeks):
            if number not in missed:
                break
            run += 1
        return run

    @figure
    def open_safety_flags(self) -> int:
        """How many safety concerns were raised and not resolved."""
        return sum(1 for item in self.items if item.get("safety_flag") and not item.get("safety_resolved"))

    @figure
    def week_rows(self) -> list[WeekRow]:
        """The weeks that have begun, each with its sessions and what the finance book says of it."""
        return [
            {
                "week": week["week"],
                "from": week["from"],
                "to": week["to"],
                "held": any(item["status"] == "held" for item in self._in_week(week["week"])),
                "sessions": list(self._in_week(week["week"])),
                "days": week["days"],
                "consistent": week["consistent"],
                "income": week["income"],
                "spending": week["spending"],
            }
            for week in self.world.view(FinanceView).weeks
        ]
