"""The terminal: the only module that knows ``rich``.

What people typed is printed as it is: no markup is read, and control characters cannot move the cursor.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final, Literal, TextIO

from ..messages import Message, say

MOST_COLUMNS: Final = 110
"""Lines wider than this are hard to read, however wide the terminal is."""

_LONGEST_WORD: Final = 12
"""Columns that a column of a table has at least for a word as long as that."""
LABEL_COLUMNS: Final = 26
"""Where the values of labels stand; a longer label is wrapped."""

_CONTROL: Final = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """``text`` without characters that a terminal would obey."""
    return _CONTROL.sub(" ", text)


class Screen:
    """A stream for people to read, in one language."""

    def __init__(self, stream: TextIO, lang: str) -> None:
        from rich.console import Console  # kept out of start-up: JSON and --help do without it

        self.lang = lang
        self.console = Console(file=stream, highlight=False, markup=False, emoji=False)
        if self.console.width > MOST_COLUMNS:
            self.console.width = MOST_COLUMNS

    def _text(self, value: object, style: str = "") -> Any:
        from rich.text import Text  # see __init__

        return Text(clean(say(value, self.lang)), style=style)

    def _print(self, renderable: Any) -> None:
        if self.console.is_terminal:
            self.console.print(renderable)
            return
        with self.console.capture() as captured:
            self.console.print(renderable)
        lines = (line.rstrip() for line in captured.get().splitlines())  # without the blanks that fill a width
        self.console.file.write("".join(f"{line}\n" for line in lines))

    def line(self, value: object = "", style: str = "") -> None:
        """A line, or a paragraph that wraps."""
        self._print(self._text(value, style))

    def parts(self, parts: Iterable[tuple[object, str]], indent: int = 0) -> None:
        """A line made of parts, each with its style; what wraps hangs below the first part."""
        from rich.padding import Padding  # see __init__
        from rich.text import Text

        text = Text()
        for value, style in parts:
            text.append_text(self._text(value, style))
        self._print(Padding(text, (0, 0, 0, indent), expand=False))

    def item(self, mark: str, style: str, value: object, indent: int = 2, text_style: str = "") -> None:
        """A marked line; what wraps hangs below the text."""
        from rich.table import Table  # see __init__

        grid = Table.grid(padding=(0, 1))
        grid.add_column(width=len(mark), no_wrap=True)
        grid.add_column(overflow="fold")
        grid.add_row(self._text(mark, style), self._text(value, text_style))
        from rich.padding import Padding

        self._print(Padding(grid, (0, 0, 0, indent), expand=False))

    def field(self, label: str, value: str, indent: int = 2) -> None:
        """A labelled value; what wraps hangs below the value."""
        from rich.padding import Padding  # see __init__
        from rich.table import Table

        if not value:
            self.parts([(label, "bold")], indent=indent)
            return
        grid = Table.grid(padding=(0, 2))
        grid.add_column(width=LABEL_COLUMNS - indent, overflow="fold")
        grid.add_column(overflow="fold")
        grid.add_row(self._text(label, "dim"), self._text(value))
        self._print(Padding(grid, (0, 0, 0, indent), expand=False))

    def heading(self, value: object, count: int | None = None) -> None:
        """A heading with a free line above it, and how many things stand below it."""
        self.line()
        counted = [(f"  {count}", "dim")] if count is not None else []
        self.parts([(value, "bold underline"), *counted])

    def columns(self, headings: Sequence[object], columns: Sequence[Sequence[tuple[str, str]]]) -> None:
        """Columns of equal width side by side, each of short lines with their style; what is too long is cut."""
        from rich import box  # see __init__
        from rich.table import Table
        from rich.text import Text

        count = len(columns)
        width = max(1, (self.console.width - count + 1) // count)
        table = Table(box=box.SIMPLE_HEAD, show_edge=False, header_style="bold", padding=(0, 1, 0, 0))
        for heading in headings:
            table.add_column(self._text(heading), width=width - 1, overflow="ellipsis")
        cells = []
        for column in columns:
            cell = Text(overflow="ellipsis", no_wrap=True)
            for place, (value, style) in enumerate(column):
                cell.append("\n" if place else "")
                cell.append_text(self._text(value, style))
            cells.append(cell)
        table.add_row(*cells)
        self._print(table)

    def words(self, label: Message, words: Sequence[str]) -> None:
        """A label and a row of short words, wrapped between them and never inside one."""
        head = f"{label.say(self.lang)}  "
        glued = "  ".join(word.replace(" ", "\xa0") for word in words)  # textwrap breaks at plain blanks only
        lines = textwrap.wrap(clean(glued), self.console.width - len(head)) or [""]
        for place, line in enumerate(lines):
            start = (head, "bold") if place == 0 else (" " * len(head), "")
            self.parts([start, (line.replace("\xa0", " "), "")])

    def command(self, value: str, indent: int = 4) -> None:
        """A command to type: never broken by us, so that it can be copied."""
        self.console.print(self._text(f"{'':>{indent}}$ {value}", "cyan"), soft_wrap=True)

    def table(
        self,
        headings: Sequence[object],
        rows: Iterable[Sequence[object]],
        *,
        fixed: Sequence[int] = (),
        figures: Sequence[int] = (),
    ) -> None:
        """A table; the columns numbered in ``fixed`` stay in one piece, those in ``figures`` stand at the right.

        Where the screen is too narrow for its longest words, the cells of each row stand below one another.
        """
        from rich import box  # see __init__
        from rich.table import Table

        cells = [[self._text("" if cell is None else cell) for cell in row] for row in [headings, *rows]]
        wide = _widths([[one.plain for one in row] for row in cells], self.console.width, {*fixed, *figures})
        if wide is None:
            self._stacked(cells)
            return
        look: dict[str, Any] = {"box": box.SIMPLE_HEAD, "pad_edge": False, "show_edge": False, "header_style": "bold"}
        table = Table(**look, padding=(0, 0, 0, 1))
        for number, heading in enumerate(cells[0]):
            side: Literal["left", "right"] = "right" if number in figures else "left"
            table.add_column(heading, overflow="fold", justify=side, width=wide[number])
        for row in cells[1:]:
            table.add_row(*row)
        self._print(table)

    def _stacked(self, cells: Sequence[Sequence[Any]]) -> None:
        """The rows of a table below one another, for a screen that is too narrow to have them side by side."""
        headings = [heading.plain for heading in cells[0]]
        for first, *others in cells[1:]:
            self.parts([(first.plain, "bold")])
            said = [f"{label}: {one.plain}" for label, one in zip(headings[1:], others, strict=True) if one.plain]
            self.parts([(" · ".join(said), "")], indent=2)

    def progress(self, label: Message, items: Iterable[str], *, total: int) -> list[str]:
        """Take ``items`` one by one: with a bar where somebody watches, else a line for each; all of them.

        Args:
            label: what is going on.
            items: what has been done, by name.
            total: how many there will be.
        """
        if not self.console.is_terminal:
            found = []
            for item in items:
                self.line(f"  {item}")
                found.append(item)
            return found
        from rich.progress import track  # see __init__

        label_text = clean(label.say(self.lang))
        return list(track(items, label_text, total=total, console=self.console, transient=True))


def _widths(rows: Sequence[Sequence[str]], room: int, whole: Collection[int]) -> list[int] | None:
    """The columns' widths in ``room``, two apart: the longest words first, then whole texts from the left.

    Left to itself rich evens the columns out, and breaks words where others have room to spare.

    Args:
        rows: the texts, the headings first.
        room: columns of the screen.
        whole: the numbers of the columns whose texts stay in one piece.

    Returns:
        None where words would have to be broken.
    """
    from rich.cells import cell_len  # see Screen

    columns = list(zip(*rows, strict=True))
    room -= 2 * (len(columns) - 1)
    longest = []
    for place, (heading, *texts) in enumerate(columns):
        unbroken = [*heading.split(), *(texts if place in whole else " ".join(texts).split())]
        longest.append(max(map(cell_len, unbroken), default=1))
    most = max(longest)
    while sum(wide := [w if n in whole else min(w, most) for n, w in enumerate(longest)]) > room:
        most -= 1  # an address may be broken, a word of the language may not
        if most < _LONGEST_WORD:
            return None
    spare = room - sum(wide)
    for place, column in enumerate(columns):
        more = min(max(map(cell_len, column)) - wide[place], spare)
        wide[place] += more
        spare -= more
    return wide
