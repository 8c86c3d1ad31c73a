"""Somebody who types a record: the answers by which an interview gives a wanted content."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from casework_flow.cli.interview import Interview, Question


def typed(interview: Interview, wanted: Any) -> Iterator[str]:
    """What is typed for each question; whoever takes an answer gives its meaning to the interview."""
    while (question := interview.question) is not None:
        yield _answer(question, _at(wanted, question), interview.default)


def meaning(question: Question, wanted: Any) -> Any:
    """What the answer to a question means."""
    found = _at(wanted, question)
    return found if question.asks == "value" else found is not None


def _at(wanted: Any, question: Question) -> Any:
    found = wanted
    for place, name in enumerate(question.path.split(".")):
        if isinstance(found, list):
            number = int(name) - (1 if place == 0 else 0)  # whole records are counted from 1
            found = found[number] if number < len(found) else None
        else:
            found = found.get(name) if isinstance(found, dict) else None
    return found


def _answer(question: Question, value: Any, default: Any) -> str:
    if question.asks != "value":
        return "y" if value is not None else "n"
    if value is None:
        return "" if default is None else "-"
    if isinstance(value, bool):
        return "y" if value else "n"
    if isinstance(value, float):
        return f"{value!r}0" if re.fullmatch(r"-?[1-9][0-9]{0,2}\.[0-9]{3}", repr(value)) else repr(value)
    if isinstance(value, int):
        return str(value)
    if value in ("<", "?", ".", "-") or value != value.strip() or re.search(r"^\\|[\n\r\t]", value):
        escaped = value.replace("\\", "\\\\")
        return "\\" + escaped.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    return str(value)
