"""The household's finance book, week by week of the contract.

Money is whole rupiah. Social assistance is no earned income: it stays out of every figure but
``assistance_total`` and each week's ``assistance``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import TypedDict

from .base import Content, Day, ManyView, figure, one_decimal, whole
from .contract import ContractView

CONSISTENT_DAYS = 6
"""Days with an entry that make a week consistent, unless ``settings.consistent_days`` says otherwise."""
ASSISTANCE = ("bansos",)
"""Categories of income that are social assistance, unless ``assistance_categories`` says otherwise."""

Week = TypedDict(
    "Week",
    {
        "week": int,
        "from": Day,
        "to": Day,
        "days": int,
        "consistent": bool,
        "income": int,
        "assistance": int,
        "needs": int,
        "wants": int,
        "capital": int,
        "spending": int,
        "wants_share": float | None,
    },
)
"""One week: ``days`` with an entry, ``income`` that was earned, spending by purpose, in rupiah."""


class FinanceView(ManyView):
    """The finance book."""

    @cached_property
    def _by_week(self) -> dict[int, list[Content]]:
        contract = self.world.view(ContractView)
        found: dict[int, list[Content]] = {number: [] for number in contract.weeks_begun}
        for entry in self.entries:
            number = contract.week_of(date.fromisoformat(entry.content["date"]))
            if number in found:
                found[number].append(entry.content)
        return found

    @figure
    def weeks(self) -> list[Week]:
        """The contract's weeks that have begun, from its first day on, each with its sums."""
        return [self._week(number, entries) for number, entries in self._by_week.items()]

    def _week(self, number: int, entries: Sequence[Content]) -> Week:
        first, last = self.world.view(ContractView).week(number)
        settings = self.world.settings
        assistance_categories = settings.get("assistance_categories", ASSISTANCE)
        income = [entry for entry in entries if entry["direction"] == "income"]
        assistance = _total(entry for entry in income if entry["category"] in assistance_categories)
        by_purpose = {
            purpose: _total(entry for entry in entries if entry.get("purpose") == purpose)
            for purpose in ("need", "want", "business_capital")
        }
        spending = sum(by_purpose.values())
        days = len({entry["date"] for entry in entries})
        return {
            "week": number,
            "from": Day(first.isoformat()),
            "to": Day(last.isoformat()),
            "days": days,
            "consistent": days >= settings.get("consistent_days", CONSISTENT_DAYS),
            "income": _total(income) - assistance,
            "assistance": assistance,
            "needs": by_purpose["need"],
            "wants": by_purpose["want"],
            "capital": by_purpose["business_capital"],
            "spending": spending,
            "wants_share": one_decimal(Fraction(100 * by_purpose["want"], spending)) if spending else None,
        }

    @figure
    def consistent_weeks(self) -> list[int]:
        """The numbers of the weeks with enough days recorded (``settings.consistent_days``, else 6 of 7)."""
        return [week["week"] for week in self.weeks if week["consistent"]]

    @figure
    def longest_run_weeks(self) -> list[int]:
        """The numbers of the longest unbroken run of consistent weeks; of equal ones the latest."""
        best: list[int] = []
        run: list[int] = []
        for number in self.consistent_weeks:
            run = [*run, number] if run and number == run[-1] + 1 else [number]
            if len(run) >= len(best):
                best = run
        return best

    @figure
    def longest_run(self) -> int:
        """How many consistent weeks followed each other without a break, at most."""
        return len(self.longest_run_weeks)

    @cached_property
    def _shares(self) -> list[float]:
        return [week["wants_share"] for week in self.weeks if week["wants_share"] is not None]

    @figure
    def wants_share_first(self) -> float | None:
        """Wants as percent of spending in the first week in which money was spent."""
        return self._shares[0] if self._shares else None

    @figure
    def wants_share(self) -> float | None:
        """Wants as percent of spending in the last week in which money was spent."""
        return self._shares[-1] if self._shares else None

    @cached_property
    def _ends(self) -> tuple[Fraction, Fraction] | None:
        """Mean earned income of the first two and the last two weeks, of those that are over."""
        today = self.world.today.isoformat()
        over = [week["income"] for week in self.weeks if week["to"] <= today]
        return (Fraction(sum(over[:2]), 2), Fraction(sum(over[-2:]), 2)) if len(over) >= 4 else None

    @figure
    def income_first(self) -> int | None:
        """Mean earned income of the first two weeks, in rupiah; None before four weeks are over."""
        return whole(self._ends[0]) if self._ends else None

    @figure
    def income_last(self) -> int | None:
        """Mean earned income of the last two weeks, in rupiah; None before four weeks are over."""
        return whole(self._ends[1]) if self._ends else None

    @figure
    def income_change(self) -> float | None:
        """Change of the mean earned income, last two weeks against first two, in percent.

        A week that still runs is left out. None before four weeks are over, or without income at first.
        """
        if not self._ends or not self._ends[0]:
            return None
        first, last = self._ends
        return one_decimal(100 * (last - first) / first)

    @figure
    def earned_total(self) -> int:
        """Earned income of all weeks, in rupiah."""
        return sum(week["income"] for week in self.weeks)

    @figure
    def assistance_total(self) -> int:
        """Social assistance of all weeks, in rupiah."""
        return sum(week["assistance"] for week in self.weeks)

    @figure
    def spending_total(self) -> int:
        """Spending of all weeks, in rupiah."""
        return sum(week["spending"] for week in self.weeks)

    @figure
    def balance(self) -> int:
        """Earned income less spending over all weeks, without the assistance, in rupiah."""
        return self.earned_total - self.spending_total


def _total(entries: Iterable[Content]) -> int:
    return sum(entry["amount"] for entry in entries)
