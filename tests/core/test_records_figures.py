"""Figures that programmes' own guards stand on: the score of a checklist, and the days since the receipt."""

from __future__ import annotations

from typing import Any

import pytest
from record_samples import sample, views

from casework_flow.records.forms import form_type
from casework_flow.records.kinds import Function, ListOf, Scalar
from casework_flow.records.types import RECORD_TYPES
from casework_flow.records.vocabulary import kind_of_view


def _question(id_: str) -> dict[str, Any]:
    return {"type": "boolean", "label": {"id": id_, "en": id_}}


CHECKLIST = form_type(
    "checklist",
    {
        "title": {"id": "Daftar periksa", "en": "Checklist"},
        "fields": {
            "hungry": _question("Lapar"),
            "alone": _question("Sendiri"),
            "ill": _question("Sakit"),
            "note": {"type": "text", "label": {"id": "Catatan", "en": "Note"}},
        },
    },
)


@pytest.mark.parametrize(
    ("content", "affirmed"),
    [
        ({"hungry": True, "alone": False, "ill": True, "note": "x"}, ["hungry", "ill"]),
        ({"hungry": False, "note": "true"}, []),
        ({"alone": True}, ["alone"]),
    ],
)
def test_the_score_of_a_checklist_counts_what_is_answered_yes(content: dict[str, Any], affirmed: list[str]) -> None:
    assert views({"checklist": content}, forms={"checklist": CHECKLIST})["checklist"].affirmed == affirmed


def test_a_checklist_that_nobody_filled_in_affirms_nothing() -> None:
    assert views({}, forms={"checklist": CHECKLIST})["checklist"].affirmed == []


def test_guards_know_the_figures_of_a_form_and_of_the_intake() -> None:
    assert kind_of_view(CHECKLIST).fields["affirmed"] == ListOf(Scalar("text"))
    assert kind_of_view(RECORD_TYPES["intake"]).fields["days_until"] == Function((Scalar("date"),), Scalar("integer"))


@pytest.mark.parametrize(
    ("day", "days"), [("2025-03-03", 0), ("2025-03-04", 1), ("2025-04-03", 31), ("2025-03-01", -2)]
)
def test_days_are_counted_from_the_receipt(day: str, days: int) -> None:
    assert views({"intake": sample("intake")})["intake"].days_until(day) == days


def test_without_a_receipt_no_days_are_known() -> None:
    assert views({})["intake"].days_until("2025-03-03") is None
