"""What the columns of an office's table of clients give: as the office says, else as they are usually called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from . import headings
from .errors import Problem, did_you_mean
from .messages import Message, Sayable, Text
from .records.schema import label
from .records.types import RECORD_TYPES
from .tables import Row, Sheet, unreadable
from .tables import read as sheets_of

IGNORE: Final = "ignore"
"""What a column gives that is left out."""
CLIENT: Final = "client"


@dataclass(frozen=True, slots=True)
class TableMapping:
    """What an office says of its own table: what columns give, and what words in them mean.

    ``columns`` has a target (``client.nik``, ``case.stage``, ``address.village``, ``ignore``) for each heading;
    ``values`` for each target what a text in the table stands for.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def from_data(cls, data: object, name: str) -> TableMapping:
        """The mapping in a file.

        Raises:
            Invalid: it is none; every fault is named.
        """
        problems = []
        if not isinstance(data, Mapping) or not data.keys() <= {"columns", "values"}:
            expected = Message("A mapping with columns, and with values where needed, is expected.")
            raise unreadable(name, Problem(name, expected))
        columns, values = ({} if (found := data.get(part)) is None else found for part in ("columns", "values"))
        for part, found in (("columns", columns), ("values", values)):
            if not isinstance(found, Mapping):
                raise unreadable(name, Problem(f"{name}: {part}", Message("A mapping is expected here.")))
        known = targets()
        for heading, target in columns.items():
            if target not in known:
                problems.append(Problem(f"{name}: columns.{heading}", _unknown(str(target), known)))
        for target, meant in values.items():
            if target not in known:
                problems.append(Problem(f"{name}: values.{target}", _unknown(str(target), known)))
            elif not isinstance(meant, Mapping):
                problems.append(Problem(f"{name}: values.{target}", Message("A mapping is expected here.")))
        if problems:
            raise unreadable(name, *problems)
        return cls(
            {headings.plain(heading): str(target) for heading, target in columns.items()},
            {
                str(target): {headings.plain(text): str(value) for text, value in meant.items()}
                for target, meant in values.items()
            },
        )

    def meant(self, target: str, cell: object) -> str | None:
        """What the office says that a cell means."""
        return self.values.get(target, {}).get(headings.plain(cell))


def targets() -> list[str]:
    """Everything that a column may give."""
    parts = headings.data()["columns"]
    client = list(dict.fromkeys(headings.fields(RECORD_TYPES[CLIENT]).values()))
    return [
        *(f"{CLIENT}.{path}" for path in client),
        *(f"address.{part}" for part in parts["address"]),
        *(f"case.{name}" for name in parts["case"]),
        IGNORE,
    ]


def labels() -> dict[str, Sayable]:
    """Everything that a column may give, with what people call it."""
    kind = RECORD_TYPES[CLIENT]
    own = headings.data()["labels"]
    called = [
        label(kind, path) for group, _, path in (target.partition(".") for target in targets()) if group == CLIENT
    ]
    found: dict[str, Sayable] = {}
    for target in targets():
        group, _, path = target.partition(".")
        above = path.rpartition(".")[0]
        if target == IGNORE:
            found[target] = Message("ignore")
        elif group != CLIENT:
            found[target] = Text(own[group][path])
        elif above and called.count(label(kind, path)) > 1:
            found[target] = Message("{where}: {what}", where=label(kind, above), what=label(kind, path))
        else:
            found[target] = label(kind, path)
    return found


def _unknown(target: str, known: Sequence[str]) -> Message:
    hint = did_you_mean(target, known) or Message("There are: {names}.", names=list(known))
    return Message("No column gives {target}. {hint}", target=target, hint=hint)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table; ``target`` is None where nobody knows what it gives."""

    place: int
    heading: str
    target: str | None
    sample: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """A table with its columns, before its rows are judged."""

    name: str
    sheets: tuple[tuple[Sheet, int, tuple[Column, ...]], ...]

    @property
    def unknown(self) -> list[Column]:
        """The columns of which nobody knows what they give, each heading once."""
        found = {c.heading: c for _, _, columns in self.sheets for c in columns if c.target is None}
        return list(found.values())

    @property
    def columns(self) -> dict[str, str]:
        """What each heading gives, where that is known."""
        return {c.heading: c.target for _, _, columns in self.sheets for c in columns if c.target}


def layout(content: bytes, name: str, mapping: TableMapping) -> Layout:
    """The table in a file, with what each column gives: as the mapping says, else as such columns are usually called.

    Raises:
        Invalid: it is no table.
    """
    if name.lower().endswith((".yaml", ".yml")):
        words = Message(
            "This is no table of clients (XLSX or CSV); the form of one client is given with casework open --client "
            "FILE."
        )
        raise unreadable(name, Problem(name, words))
    client, case = headings.columns(CLIENT), headings.columns("case")
    known = {IGNORE: IGNORE} | dict.fromkeys(headings.ignored(), IGNORE)
    known |= {heading: f"{CLIENT}.{path}" for heading, path in headings.fields(RECORD_TYPES[CLIENT]).items()}
    known |= {heading: f"case.{target}" for heading, target in case.items()}
    known |= {heading: f"address.{target}" for heading, target in headings.columns("address").items()}
    known |= {heading: f"{CLIENT}.{path}" for heading, path in client.items()}
    known |= {headings.plain(target): target for target in targets()}
    known |= mapping.columns
    found = []
    for sheet in sheets_of(content, name):
        if not sheet.rows:
            continue
        at = headings.heading_row(sheet.rows, known.__contains__)
        sheet.refuse_merged(at, name)
        columns = []
        for place, cell in enumerate(sheet.rows[at].cells):
            sample = next((str(row[place]) for row in sheet.rows[at + 1 :] if row[place] not in (None, "")), "")
            if cell not in (None, "") and (sample or headings.plain(cell) in known):
                columns.append(Column(place, str(cell), known.get(headings.plain(cell)), sample))
            elif sample:
                columns.append(Column(place, _letter(place), None, sample))
        _refuse_twice(name, sheet.rows[at], columns)
        found.append((sheet, at, tuple(columns)))
    if not found:
        raise unreadable(name, Problem(name, Message("The table has no row.")))
    return Layout(name, tuple(found))


def _letter(place: int) -> str:
    """What a spreadsheet calls the column at ``place``."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _refuse_twice(name: str, head: Row, columns: Sequence[Column]) -> None:
    seen: dict[str, str] = {}
    problems = []
    for column in columns:
        if column.target in (None, IGNORE):
            continue
        before = seen.setdefault(str(column.target), column.heading)
        if before != column.heading or sum(c.target == column.target for c in columns) > 1:
            words = Message(
                "{one} and {other} both give {target}; say with a mapping which one counts.",
                one=before,
                other=column.heading,
                target=column.target,
            )
            problems.append(Problem(head.place, words))
    if problems:
        raise unreadable(name, problems[-1])
