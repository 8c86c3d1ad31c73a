"""The documentation's pictures, made by the software itself: ``make pictures``.

A screen is what a command prints on a terminal of 80 columns, in each language, on a light and on a dark terminal; a
page is taken from a document's PDF. Most are taken in the office of ``example_office``, the status in case S.
"""

from __future__ import annotations

import asyncio
import io
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from itertools import takewhile
from pathlib import Path

import example_office
import typst
import yaml
from PIL import Image
from rich.console import Console
from rich.terminal_theme import DEFAULT_TERMINAL_THEME, SVG_EXPORT_THEME, TerminalTheme
from rich.text import Text

from casework_flow.casework import Casework
from casework_flow.cli.app import App
from casework_flow.cli.demo import load_walk, walk
from casework_flow.cli.fullscreen import FullScreen
from casework_flow.cli.project import fill

ROOT = Path(__file__).parents[1]
CASE = ROOT / "examples" / "case-s"
PICTURES = ROOT / "docs" / "pictures"
COLUMNS = 80
FULL_SCREEN = (110, 30)
"""Columns and lines of the full-screen view."""
PIXELS_PER_INCH = 96
COLOURS = 24
"""Colours of a picture; more are not told apart by the eye, and make it twice as large."""
LANGUAGES = ("id", "en")
THEMES: dict[str, TerminalTheme] = {"light": DEFAULT_TERMINAL_THEME, "dark": SVG_EXPORT_THEME}
UNTIL = {"do": "approve", "what": "plan"}
"""The status shows case S before this step."""
NUMBER = "KSS-2025-0001"
DAY = ("--at", example_office.TODAY.isoformat())
SCREENS: dict[str, Sequence[str]] = {
    "today": ("today", "--as", "rina", *DAY),
    "board": ("board", *DAY),
    "due": ("due", "--within", "2w", *DAY),
    "approvals": ("approvals", "--as", "sup", *DAY),
    "workload": ("workload", *DAY),
}


def main() -> None:
    """Make every picture anew."""
    with tempfile.TemporaryDirectory() as folder:
        for name, picture in pictures(Path(folder)):
            (PICTURES / f"{name}.png").write_bytes(small(picture))


def pictures(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Each picture with its name; projects are made in ``folder``."""
    planning, closed, office = folder / "planning", folder / "closed", folder / "office"
    case_s(planning, until=UNTIL)
    yield from screens("status", ("status", NUMBER, "--at", "2025-03-14"), planning)
    finished = case_s(closed)
    yield "contract", first_page(finished.document(NUMBER, "contract").pdf())
    yield "letter", first_page(finished.document(NUMBER, "termination_letter").pdf())
    yield from screens("history", ("history", NUMBER), closed)
    cw = example_office.build(office)
    for lang in LANGUAGES:
        report = office / f"report-{lang}.pdf"
        period = ("--from", "2025-01-01", "--to", DAY[1])
        run(("report", *period, "-o", str(report), *DAY, "--lang", lang), office)
        yield f"report-{lang}", first_page(report.read_bytes())
        for theme in THEMES:
            yield f"tui-{lang}-{theme}", full_screen(lang, theme, office)
    plan = next(one.content for one in cw.records("KSS-2025-0010") if one.record == "plan")
    plan["components"][0]["indicators"][0]["target"] = 3
    cw.reject("KSS-2025-0010", "plan", by="sup", note="Target terlalu tinggi", at=DAY[1])
    cw.record("KSS-2025-0010", "plan", plan, by="rina", at=DAY[1], revise=True)
    for name, words in SCREENS.items():
        yield from screens(name, words, office)


def case_s(folder: Path, until: dict[str, str] | None = None) -> Casework:
    """A project in ``folder`` in which case S was walked: to its end, or before the step ``until``."""
    whole = dict(load_walk(CASE))
    steps = list(takewhile(lambda step: not (until and until.items() <= step.items()), whole["steps"]))
    folder.mkdir()
    for file in CASE.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "walk.yaml").write_text(yaml.safe_dump({**whole, "steps": steps}), encoding="utf-8")
    casework = fill(folder, whole["office"])
    list(walk(casework, folder))
    return casework


def screens(name: str, words: Sequence[str], folder: Path) -> Iterator[tuple[str, bytes]]:
    """What a command prints on a terminal, in each language and on each kind of terminal."""
    for lang in LANGUAGES:
        printed = run((*words, "--lang", lang), folder)
        for theme, colours in THEMES.items():
            console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
            console.print(Text.from_ansi(f"$ casework {' '.join(words)}\n{printed}"))
            yield f"{name}-{lang}-{theme}", drawn(console.export_svg(title="casework", theme=colours))


def run(words: Sequence[str], folder: Path) -> str:
    """What a command prints on a terminal."""
    env = {**os.environ, "FORCE_COLOR": "1", "COLUMNS": str(COLUMNS), "LC_ALL": "C.UTF-8"}
    command = Path(sys.executable).with_name("casework")
    done = subprocess.run([command, *words], cwd=folder, env=env, capture_output=True, text=True, check=True)  # noqa: S603
    return done.stdout


def full_screen(lang: str, theme: str, folder: Path) -> bytes:
    """The board on the full screen."""

    async def shown() -> str:
        view = FullScreen(App(lang=lang, actor="rina", at=DAY[1]), None)
        async with view.run_test(size=FULL_SCREEN) as pilot:
            view.theme = f"textual-{theme}"
            await pilot.pause()
            return view.export_screenshot(title="casework tui")

    before = Path.cwd()
    os.chdir(folder)
    try:
        return drawn(asyncio.run(shown()))
    finally:
        os.chdir(before)


def drawn(svg: str) -> bytes:
    """A drawing of a terminal as PNG."""
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.S)
    svg = re.sub(r"Fira Code|(?<=font-family: )arial", "DejaVu Sans Mono", svg)
    source = '#set page(width: auto, height: auto, margin: 0pt)\n#image("it", format: "svg", width: 640pt)'
    return typeset(source, svg.encode())


def first_page(pdf: bytes) -> bytes:
    """The first page of a PDF as PNG."""
    source = '#set page(width: 210mm, height: 297mm, margin: 0pt)\n#image("it", format: "pdf", page: 1, width: 210mm)'
    return typeset(source, pdf)


def typeset(source: str, it: bytes) -> bytes:
    """What Typst makes of ``source``, in which ``it`` is a file."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "it").write_bytes(it)
        made: bytes = typst.compile(source.encode(), root=folder, format="png", ppi=PIXELS_PER_INCH)  # type: ignore[assignment]
    return made


def small(picture: bytes) -> bytes:
    """A PNG with few colours."""
    into = io.BytesIO()
    with Image.open(io.BytesIO(picture)) as image:
        image.convert("RGB").quantize(COLOURS).save(into, "PNG", optimize=True)
    return into.getvalue()


if __name__ == "__main__":
    main()
