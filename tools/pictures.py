"""The README's pictures, made by the software itself: ``make pictures``.

A case is walked up to its plan; its status is taken from the command's own output on a terminal of 80 columns, the
contract from its PDF.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
from itertools import takewhile
from pathlib import Path

import typst
import yaml
from rich.console import Console
from rich.text import Text

from casework_flow.cli.demo import walk
from casework_flow.cli.project import fill
from casework_flow.values import Case

ROOT = Path(__file__).parents[1]
CASE = ROOT / "examples" / "case-s"
PICTURES = ROOT / "docs" / "pictures"
COLUMNS = 80
PIXELS_PER_INCH = 96
UNTIL = {"do": "approve", "what": "plan"}
"""The picture shows the case before this step."""


def main() -> None:
    """Make both pictures."""
    with tempfile.TemporaryDirectory() as folder:
        script = yaml.safe_load((CASE / "walk.yaml").read_text(encoding="utf-8"))
        steps = list(takewhile(lambda step: not UNTIL.items() <= step.items(), script["steps"]))
        example = Path(folder) / "example"
        example.mkdir()
        for file in CASE.glob("*.*"):
            (example / file.name).write_bytes(file.read_bytes())
        (example / "walk.yaml").write_text(yaml.safe_dump({**script, "steps": steps}), encoding="utf-8")
        project = Path(folder) / "project"
        project.mkdir()
        casework = fill(project, script["office"])
        opened = next(step.result for step in list(walk(casework, example)) if isinstance(step.result, Case))
        number = opened.number
        (PICTURES / "status.png").write_bytes(
            terminal(["status", number, "--at", "2025-03-14", "--lang", "id"], project)
        )
        contract = casework.document(number, "contract")
        (PICTURES / "contract.png").write_bytes(first_page(contract))


def terminal(words: list[str], folder: Path) -> bytes:
    """What a command prints on a terminal, as a picture."""
    env = {**os.environ, "FORCE_COLOR": "1", "COLUMNS": str(COLUMNS), "LC_ALL": "C.UTF-8"}
    command = Path(sys.executable).with_name("casework")
    done = subprocess.run([command, *words], cwd=folder, env=env, capture_output=True, text=True, check=True)  # noqa: S603
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(f"$ casework {' '.join(words)}\n{done.stdout}"))
    svg = console.export_svg(title="casework").replace("Fira Code", "DejaVu Sans Mono")
    return png('#set page(width: auto, height: auto, margin: 0pt)\n#image("drawing.svg", width: 640pt)', svg)


def first_page(document: object) -> bytes:
    """The first page of a document's PDF."""
    made = document.pdf()  # type: ignore[attr-defined]  # an issuing.Document
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "document.pdf").write_bytes(made)
        source = '#set page(width: 210mm, height: 297mm, margin: 0pt)\n#image("document.pdf", page: 1, width: 210mm)'
        return typst.compile(source.encode(), root=folder, format="png", ppi=PIXELS_PER_INCH)  # type: ignore[return-value]


def png(source: str, svg: str) -> bytes:
    """A drawing set by Typst."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "drawing.svg").write_text(svg, encoding="utf-8")
        return typst.compile(source.encode(), root=folder, format="png", ppi=PIXELS_PER_INCH)  # type: ignore[return-value]


if __name__ == "__main__":
    main()
