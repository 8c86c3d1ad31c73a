"""The service contract: its weeks are the clock of the intervention."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from math import ceil

from .base import Content, ManyView, View, figure


class AddendaView(ManyView):
    """The addenda to the contract. One with a first day of its own starts the count of weeks anew."""

    @cached_property
    def counting(self) -> list[Content]:
        """The addenda from the last one that starts the count anew, or all of them."""
        contents = [entry.content for entry in self.entries]
        anew = [place for place, content in enumerate(contents) if content.get("start_on")]
        return contents[anew[-1] :] if anew else contents

    @figure
    def weeks(self) -> int:
        """The weeks that count beside, or in place of, those of the contract."""
        return sum(int(content["weeks"]) for content in self.counting)

    @figure
    def in_this_stage(self) -> int:
        """How many addenda were agreed since the case entered its present stage."""
        since = str(self.world.case.get("stage_since") or "")[:10]
        return sum(1 for entry in self.entries if entry.content["agreed_on"] >= since)


class ContractView(View):
    """The service contract, and where its weeks stand."""

    @cached_property
    def _anew(self) -> str | None:
        counting = self.world.view(AddendaView).counting
        return counting[0].get("start_on") if counting else None

    @cached_property
    def start(self) -> date | None:
        found = self._anew or self.content.get("start_on")
        return date.fromisoformat(found) if found else None

    @figure
    def total_weeks(self) -> int | None:
        """The contract's weeks together with those that addenda added; only these where they start anew."""
        weeks = self.content.get("duration_weeks")
        if weeks is None:
            return None
        return self.world.view(AddendaView).weeks + (0 if self._anew else int(weeks))

    @figure
    def planned_visits(self) -> int | None:
        """How many visits the weeks, addenda included, make at the agreed number a week, rounded up."""
        visits = self.content.get("visits_per_week")
        if visits is None or self.total_weeks is None:
            return None
        return ceil(Fraction(str(visits)) * self.total_weeks)  # 0.1 is one tenth here, as it was written

    @figure
    def ends_on(self) -> date | None:
        """The last day of the last week."""
        if self.start is None or self.total_weeks is None:
            return None
        return self.start + timedelta(weeks=self.total_weeks, days=-1)

    @figure
    def weeks_elapsed(self) -> int:
        """How many weeks are over on the working date, counted from the first day on."""
        return max(0, (self.world.today - self.start).days // 7) if self.start else 0

    @figure
    def weeks_are_over(self) -> bool:
        """Whether all weeks, those of addenda too, have elapsed on the working date."""
        return self.ends_on is not None and self.world.today > self.ends_on

    def week(self, number: int) -> tuple[date, date]:
        """First and last day of a week; only for a contract that is recorded."""
        assert self.start is not None  # noqa: S101  # callers iterate over weeks_begun, which is empty then
        first = self.start + timedelta(weeks=number - 1)
        return first, first + timedelta(days=6)

    def week_of(self, day: date) -> int | None:
        """The number of the week in which ``day`` lies, from 1, below 1 before the first; or None."""
        return (day - self.start).days // 7 + 1 if self.start else None

    @cached_property
    def weeks_begun(self) -> range:
        if self.start is None or self.total_weeks is None or self.world.today < self.start:
            return range(0)
        return range(1, min(self.weeks_elapsed + 1, self.total_weeks) + 1)
