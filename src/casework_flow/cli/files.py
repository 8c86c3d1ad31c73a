"""Files in and out: records from YAML, JSON and tables, and results that are written whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO, Final

from ..errors import Invalid, NotFound, Problem
from ..messages import SOURCE_LANGUAGE, Message
from ..records.types import RecordType
from .app import Usage
from .failures import Unusable, reason

MAX_BYTES: Final = 10_000_000
"""Largest file that is read as a record."""
MOST_BYTES: Final = 50_000_000
"""Largest file that is looked at as a document."""
STDIN: Final = "-"
_TABLES: Final = (".csv", ".tsv", ".xlsx", ".xlsm", ".xls", ".ods")


@dataclass(frozen=True, slots=True)
class Source:
    """What a file gave: one record, or a list of them; of a table, the place of each row."""

    name: str
    data: Any
    places: tuple[str, ...] = ()

    def located(self, fault: Invalid) -> Invalid:
        """``fault`` with the rows of the table named by their places; the heading is line 1."""
        if not self.places:
            return fault
        return Invalid(fault.message, [self._located(problem) for problem in fault.problems])

    def _located(self, problem: Problem) -> Problem:
        head, _, field = problem.where.partition(".")
        if len(self.places) == 1:
            place, field = self.places[0], problem.where
        elif head.isdigit() and int(head) <= len(self.places):
            place = self.places[int(head) - 1]
        else:
            return problem
        return Problem(f"{place}: {field}" if field else place, problem.message)


def read(path: str, kind: RecordType | None = None) -> Source:
    """The record or records in a file.

    Args:
        path: the file, or ``-`` for standard input; its ending tells what it is.
        kind: the type of record, which tells how the cells of a table are read.

    Raises:
        NotFound: there is no such file.
        Invalid: it cannot be read; the problem names the place.
    """
    name, ending = (
        (Message("standard input").say(SOURCE_LANGUAGE), "")
        if path == STDIN
        else (Path(path).name, Path(path).suffix)
    )
    content = _content(path, name)
    if ending.lower() in _TABLES or content.startswith(b"PK\x03\x04"):
        return _table(content, name, kind)
    text = _text(content, name)
    ending = ending.lower() or _guess(text)
    if ending == ".csv":
        return _table(content, name, kind)
    if ending == ".json":
        return Source(name, _json(text, name))
    from .. import yaml12  # only where YAML is read

    return Source(name, yaml12.parse(text, name)[0])


def _content(path: str, name: str) -> bytes:
    try:
        if path == STDIN:
            raw = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(path).open("rb") as file:
                raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise NotFound(Message("There is no file {path}.", path=path)) from None
    except OSError as fault:
        raise _unreadable(name, name, Message("The system says: {why}.", why=reason(fault))) from None
    if len(raw) > MAX_BYTES:
        most = MAX_BYTES // 1_000_000
        raise _unreadable(name, name, Message("The file is larger than {most} MB.", most=most))
    return raw


def _text(raw: bytes, name: str) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = raw[: fault.start].count(b"\n") + 1
        raise _unreadable(
            name, f"{name}:{line}", Message("This is not UTF-8 text; save the file as UTF-8.")
        ) from None


def raw(path: str) -> bytes:
    """The bytes of a file, or of standard input for ``-``.

    Raises:
        NotFound: there is no such file.
        Unusable: it cannot be read, or is too large.
    """
    try:
        if path == STDIN:
            content = sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            with Path(path).open("rb") as file:
                content = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise NotFound(Message("There is no file {path}.", path=path)) from None
    except OSError as fault:
        raise Unusable(Message("The system says: {why}.", why=reason(fault))) from None
    if len(content) > MOST_BYTES:
        raise Unusable(Message("The file is larger than {most} MB.", most=MOST_BYTES // 1_000_000))
    return content


def _unreadable(name: str, where: str, message: Message) -> Invalid:
    return Invalid(Message("{name} cannot be read.", name=name), [Problem(where, message)])


def _guess(text: str) -> str:
    """What a text without a file's name is, by its beginning."""
    start = text.lstrip()
    if start[:1] in ("{", "["):
        return ".json"
    first = start.partition("\n")[0]
    is_table = not first.startswith(("-", "#")) and ":" not in first and any(mark in first for mark in ",;")
    return ".csv" if is_table else ".yaml"


def _json(text: str, name: str) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            twice = next(key for key, _ in pairs if sum(key == other for other, _ in pairs) > 1)
            raise _unreadable(name, name, Message("{key} is given twice.", key=twice))
        return found

    def refuse(word: str) -> Any:
        raise _unreadable(name, name, Message("{word} is no number.", word=word))

    try:
        return json.loads(text, object_pairs_hook=once, parse_constant=refuse)
    except json.JSONDecodeError as fault:
        why = Message(
            "This is not JSON: column {column} does not go on as expected. The usual causes are a comma that is "
            "missing or one too many, and quotes that are not closed.",
            column=fault.colno,
        )
        raise _unreadable(name, f"{name}:{fault.lineno}", why) from fault
    except (RecursionError, ValueError):  # ValueError: a number of thousands of digits
        raise _unreadable(name, name, Message("The values are nested too deeply, or too large.")) from None


def _table(content: bytes, name: str, kind: RecordType | None) -> Source:
    """The rows of a table."""
    from .. import recordtable  # pydantic and, for a workbook, openpyxl: only where a table is read

    table = recordtable.read(content, name, kind, date.today())
    return Source(name, list(table.items), table.places)


def write(path: Path, content: bytes) -> None:
    """Write a file whole: what stood there before stays until the new one is complete.

    Raises:
        Unusable: it cannot be written.
    """
    with streamed(path) as file:
        file.write(content)


def form_of(path: str | None, forms: Mapping[str, str], otherwise: str) -> str:
    """The format that a file's ending names.

    Args:
        path: the file to be written; None and ``-`` are standard output.
        forms: the formats by their endings.
        otherwise: the format where there is no ending.

    Raises:
        Usage: the ending names none.
    """
    ending = Path(path).suffix.lower() if path and path != STDIN else ""
    if ending and ending not in forms:
        raise Usage(
            Message(
                "{file}: nothing is known of the ending {ending}. Known are {endings}; or name the format.",
                file=path,
                ending=ending,
                endings=[*forms],
            )
        )
    return forms.get(ending, otherwise)


@contextmanager
def streamed(path: Path) -> Iterator[BinaryIO]:
    """A file to be written part by part; what stood there before stays until all went well.

    Raises:
        Unusable: it cannot be written.
    """
    target = path.resolve()
    try:
        if target.exists() and not target.is_file():  # a pipe or a device, which cannot be replaced
            with target.open("wb") as file:
                yield file
            return
        draft = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            with draft.open("wb") as file:
                yield file
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as fault:
        why = reason(fault)
        raise Unusable(Message("{path} cannot be written: {why}.", path=path, why=why)) from None


@contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """A new folder to fill, which becomes ``folder`` (or part of it, if there is one) when all went well.

    Raises:
        Unusable: it cannot be made.
    """
    try:
        target = folder.absolute()
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as fault:
        raise Unusable(Message("{path} cannot be made: {why}.", path=folder, why=reason(fault))) from None
    try:
        yield draft
        if target.exists():
            _merge(draft, target)
        else:
            draft.chmod(0o755)
            draft.rename(target)
    except OSError as fault:
        raise Unusable(Message("{path} cannot be made: {why}.", path=folder, why=reason(fault))) from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _merge(draft: Path, target: Path) -> None:
    moved: list[Path] = []
    try:
        for part in sorted(draft.iterdir()):
            place = target / part.name
            if not (part.is_dir() and place.is_dir()):
                part.rename(place)
                moved.append(place)
    except OSError:
        for place in moved:
            shutil.rmtree(place) if place.is_dir() else place.unlink()
        raise
