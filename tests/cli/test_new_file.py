"""``new-file``: an empty form of a record, and where people are told of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from driver import NUMBER, casework

FORM = "casework new-file intake > intake.yaml"


def test_a_form_is_printed_without_a_project_filled_in_and_recorded(at_stage: Callable[[str], Path]) -> None:
    printed = casework("new-file", "intake", "--lang", "id")
    assert printed.code == 0, printed.err
    assert "Diterima pada (wajib; tanggal seperti 2025-03-17)" in printed.out
    at_stage("")
    filled = printed.out
    for line, answer in (
        ("received_on:", " 2025-03-03"),
        ("source:", " walk_in"),
        ('presenting_problem: ""', "Penghasilan tidak cukup"),
        ("  ok:", " true"),
    ):
        start = line.removesuffix('""')
        assert f"\n{line}\n" in filled
        filled = filled.replace(f"\n{line}\n", f"\n{start}{answer}\n")
    Path("intake.yaml").write_text(filled, encoding="utf-8")
    assert casework("record", NUMBER, "intake", "intake.yaml", "--at", "2025-03-06").code == 0


def test_a_record_of_one_programme_needs_its_name() -> None:
    assert casework("new-file", "placement").code == 4
    workflow = "child-in-conflict-with-law"
    printed = casework("new-file", "handover", "--workflow", workflow)
    assert printed.code == 0, printed.err
    assert yaml.safe_load(printed.out)
    assert casework("new-file", "handover", "--workflow", "nobody").code == 4


def test_a_type_that_there_is_not_is_answered_with_the_nearest() -> None:
    outcome = casework("new-file", "intak")
    assert (outcome.code, outcome.out) == (4, "")
    assert "Did you mean intake?" in outcome.err
    assert casework("new-file", "intake", "--json").data.keys() == {"record", "form"}


def test_a_file_that_is_not_there_is_answered_with_the_form(at_stage: Callable[[str], Path]) -> None:
    at_stage("")
    outcome = casework("record", NUMBER, "intake", "intake.yaml")
    assert outcome.code == 4
    assert FORM in outcome.err


@pytest.mark.parametrize("given", ["source: nowhere\n", "a: [\n"])
def test_a_refused_record_names_the_form_but_nothing_that_overwrites_the_file(
    at_stage: Callable[[str], Path], given: str
) -> None:
    at_stage("")
    Path("intake.yaml").write_text(given, encoding="utf-8")
    outcome = casework("record", NUMBER, "intake", "intake.yaml")
    assert outcome.code == 6
    assert "casework new-file intake\n" in outcome.err


def test_the_status_and_the_help_name_the_form(at_stage: Callable[[str], Path]) -> None:
    at_stage("")
    assert "casework new-file" in " ".join(casework("status", NUMBER).out.split())
    assert FORM in " ".join(casework("record", "--help").out.split())
