"""The text of every document of case S, kept in ``tests/golden``: ``make golden`` writes the files anew.

The English translations are kept in its folder ``en``.

A change of a template, a filter or a writer is seen there as a change of what people read.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from casework_flow.cli.demo import file_name, load_walk, walk
from casework_flow.cli.project import fill
from casework_flow.resources import shipped
from casework_flow.values import Case, Done

FOLDER = Path(__file__).parents[1] / "tests" / "golden"
EXAMPLE = shipped("examples") / "case-s"


def documents() -> dict[str, str]:
    """The text of each document that the walk issues, by the name of its file."""
    found: dict[str, str] = {}
    order: list[str] = []
    number = ""
    with tempfile.TemporaryDirectory() as folder:
        cw = fill(Path(folder), load_walk(EXAMPLE)["office"])
        for step in walk(cw, EXAMPLE):
            number = step.result.number if isinstance(step.result, Case) else number
            for issued in step.result.documents if isinstance(step.result, Done) else ():
                document = cw.document(number, issued.name, item=issued.item, version=issued.version)
                english = cw.document(number, issued.name, item=issued.item, version=issued.version, lang="en")
                name = f"{file_name(issued, order)}.txt"
                # its id is another at each issue, and with it the line that tells how to verify the print
                found |= {name: replace(document, id="").text(), f"en/{name}": replace(english, id="").text()}
    return found


if __name__ == "__main__":
    (FOLDER / "en").mkdir(parents=True, exist_ok=True)
    texts = documents()
    for old in FOLDER.rglob("*.txt"):
        if old.relative_to(FOLDER).as_posix() not in texts:
            old.unlink()
    for name, text in texts.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
