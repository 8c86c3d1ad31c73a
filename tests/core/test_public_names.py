"""What a Python user finds: the package's names, and errors that tell everything."""

from __future__ import annotations

import casework_flow
from casework_flow.errors import Invalid, Problem
from casework_flow.messages import Message


def test_dir_shows_every_public_name() -> None:
    assert set(casework_flow.__all__) <= set(dir(casework_flow))


def test_an_invalid_record_says_all_its_problems_when_it_is_printed() -> None:
    problems = [
        Problem("goal", Message("A text is expected here.")),
        Problem("", Message("At least one is expected.")),
    ]
    said = str(Invalid(Message("The reason is missing."), problems))
    assert said == "The reason is missing. goal: A text is expected here. At least one is expected."
    assert str(Invalid(Message("The reason is missing."))) == "The reason is missing."
