"""Cases from the JSON lines of an export, taken in as they are, or not at all.

Every case is held against its own chain of events before it counts, exactly as ``verify`` does it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final

from .additions import Additions
from .errors import CaseworkError, Conflict, Invalid, Problem, Refused
from .exporting import FORM, JSON_COLUMNS, Told
from .loader import load_text
from .messages import Message, Sayable
from .office import Office
from .store import chain, schema
from .store.faults import Guarded
from .store.store import CASE_NUMBERS, LETTER_NUMBERS, Row, Transaction
from .store.verify import UNREADABLE, case_findings
from .tables import MOST_PROBLEMS
from .workflow import Workflow, canonical

MOST_BYTES: Final = 50_000_000
"""Longest line; a letterhead inside a template is what is largest."""
AT_ONCE: Final = 200
"""Cases of which one event of the office tells."""
_TABLES: Final = {"event": schema.events, "record": schema.records, "document": schema.documents}
_BESIDE: Final = {"event": {"office_id", "stream"}, "record": {"office_id", "case_id"}}
_BESIDE_DOCUMENT: Final = {"office_id", "case_id"}
"""Columns that a line need not give: they are those of the case around it."""


@dataclass(slots=True)
class Parcel:
    """A case on its way in, with everything that it holds."""

    place: str
    case: Row
    offices: list[tuple[int, str]]
    rows: dict[str, list[Row]] = field(default_factory=lambda: {"event": [], "record": [], "document": []})


@dataclass(slots=True)
class Taken:
    """What was taken in since the office last told of it: the cases, and the counters that were raised."""

    cases: list[tuple[str, list[tuple[int, str]]]] = field(default_factory=list)
    raised: dict[tuple[str, int], int] = field(default_factory=dict)


class Importer:
    """One file of JSON lines, read into a transaction that the caller gives up when something is wrong.

    Args:
        tx: a transaction that writes.
        name: what the file is called.
        office: the office's profile, whose pattern tells the numbers that its counter has given.
        hire: adds a member of staff who is not there yet.
        permit: refuses whoever may not bring cases of a workflow in.
        added: what the host adds to every workflow.
        tell: writes into the office's own chain what was taken in.
        told: is called after each case.
    """

    def __init__(
        self,
        tx: Transaction,
        name: str,
        *,
        office: Office,
        hire: Callable[[Mapping[str, Any]], None],
        permit: Callable[[Workflow], None],
        added: Additions,
        tell: Callable[[str, Taken], None],
        told: Told,
    ) -> None:
        self.tx = tx
        self.name = name
        self.office = office
        self.hire = hire
        self.permit = permit
        self.added = added
        self.tell = tell
        self.told = told
        self.source = ""
        self.taken = Taken()
        self.numbers: list[str] = []
        self.problems: list[Problem] = []
        self.present: list[str] = []
        self.flows: dict[str, Workflow] = {}
        self.parcel: Parcel | None = None

    def read(self, file: BinaryIO) -> tuple[str, ...]:
        """Take in everything in ``file``; the cases' numbers.

        Raises:
            Invalid: something in it cannot be right; each problem names its line.
            Refused: cases in it exist already.
        """
        for place, what, line in self._lines(file):
            try:
                match what:
                    case "case":
                        self._close()
                        self._open(place, line)
                    case "event" | "record" | "document":
                        self._add(what, place, line)
                    case "staff":
                        self._staff(place, line)
                    case "workflow":
                        self._workflow(place, line)
                    case "template":
                        self._template(place, line)
                    case _:
                        raise self._wrong(place, Message("This is no line of an export."))
            except KeyError as missing:
                raise self._wrong(place, Message("{name} is missing.", name=missing.args[0])) from None
        self._close()
        if self.problems:
            self.problems += [Problem("", _present(number)) for number in self.present]
            raise self._refusal(self.problems)
        if self.present:
            raise Refused(
                Message(
                    "These cases are in this database already: {numbers}. Nothing was imported.", numbers=self.present
                )
            )
        self.tell(self.source, self.taken)
        return tuple(self.numbers)

    # lines

    def _lines(self, file: BinaryIO) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Every line between the first and the last one, which frame the export: place, kind and data."""
        sealed = hashlib.sha256()
        count = number = 0
        ended = False
        while raw := file.readline(MOST_BYTES + 1):
            number += 1
            place = f"{self.name}:{number}"
            if ended:
                raise self._wrong(place, Message("Something follows after the end of the export."))
            if len(raw) > MOST_BYTES:
                raise self._wrong(place, Message("The line is longer than {most} MB.", most=MOST_BYTES // 1_000_000))
            line = self._json(place, raw)
            what = line.pop("line", None)
            if number == 1:
                self._begin(place, what, line)
            elif what == "end":
                ended = True
                if (line.get("cases"), line.get("sha256")) != (count, sealed.hexdigest()):
                    raise self._wrong(place, Message("The file is not what was exported: it was cut or changed."))
            else:
                yield place, str(what), line
            sealed.update(raw.rstrip(b"\r\n") + b"\n")
            count += what == "case"
        if not ended:
            raise self._wrong(f"{self.name}:{number}", Message("The end of the export is missing: the file was cut."))

    def _json(self, place: str, raw: bytes) -> dict[str, Any]:
        try:
            found = json.loads(raw.decode("utf-8", "surrogatepass"), parse_constant=_refuse)
        except RecursionError:
            raise self._wrong(place, Message("The values are nested too deeply, or too large.")) from None
        except ValueError:
            raise self._wrong(place, Message("This is no line of JSON.")) from None
        if not isinstance(found, dict):
            raise self._wrong(place, Message("This is no line of an export."))
        return found

    def _begin(self, place: str, what: object, line: Mapping[str, Any]) -> None:
        if what != "export" or not isinstance(line.get("office"), str):
            raise self._wrong(place, Message("This is no export of casework: its first line is another."))
        if line.get("form") != FORM:
            raise self._wrong(
                place,
                Message(
                    "The export has the form {form}; this version reads {known}.", form=line.get("form"), known=FORM
                ),
            )
        self.source = line["office"]

    def _wrong(self, place: str, message: Sayable) -> Invalid:
        return self._refusal([*self.problems, Problem(place, message)])

    def _refusal(self, problems: Sequence[Problem]) -> Invalid:
        return Invalid(Message("{name} cannot be imported; nothing was.", name=self.name), problems[:MOST_PROBLEMS])

    def _note(self, place: str, message: Sayable) -> None:
        self.problems.append(Problem(place, message))
        if len(self.problems) >= MOST_PROBLEMS:
            raise self._refusal(self.problems)

    # what cases stand on

    def _staff(self, place: str, line: dict[str, Any]) -> None:
        name = line["name"]
        there = self.tx.staff(str(name))
        if there is None:
            try:
                self.hire(line)
            except CaseworkError as fault:
                self._note(place, fault.message)
        elif (there["full_name"], there["nip"]) != (line.get("full_name"), line.get("nip")):
            self._note(
                place,
                Message(
                    "{name} is {here} in this office, and {there} in the file: one short name cannot be two people.",
                    name=name,
                    here=there["full_name"],
                    there=line.get("full_name"),
                ),
            )

    def _workflow(self, place: str, line: dict[str, Any]) -> None:
        digest, text = line["digest"], line["data"]
        if not isinstance(text, str) or chain.digest(text) != digest:
            raise self._wrong(place, Message("The text was changed after it was stored."))
        self.flows[digest] = load_text(text, place, self.added)
        self.permit(self.flows[digest])
        self.tx.keep_workflow(digest, text)

    def _template(self, place: str, line: dict[str, Any]) -> None:
        digest, text = line["digest"], line["source"]
        if not isinstance(text, str) or chain.digest(text) != digest:
            raise self._wrong(place, Message("The text was changed after it was stored."))
        self.tx.keep_template(digest, text)

    # cases

    def _open(self, place: str, line: dict[str, Any]) -> None:
        offices = line.pop("offices", ())
        if not isinstance(offices, list) or not all(_is_stay(stay) for stay in offices):
            raise self._wrong(place, Message("{name} is not as an export has it.", name="offices"))
        row = self._row(place, schema.cases, line, {"office_id"})
        self.parcel = Parcel(place, row, [(last, office) for office, last in offices])

    def _add(self, kind: str, place: str, line: dict[str, Any]) -> None:
        if self.parcel is None:
            raise self._wrong(place, Message("This line belongs to no case."))
        beside = _BESIDE.get(kind, _BESIDE_DOCUMENT)
        row = self._row(place, _TABLES[kind], line, beside)
        row["stream" if kind == "event" else "case_id"] = self.parcel.case["id"]
        self.parcel.rows[kind].append(row)

    def _row(self, place: str, table: Any, line: Mapping[str, Any], beside: set[str]) -> Row:
        """A line as the table's row; every value is of the column's kind."""
        row: Row = {}
        for column in table.c:
            if column.name in beside:
                continue
            value = line[column.name]
            if column.name in JSON_COLUMNS and value is not None and not isinstance(value, str):
                value = canonical(value)
            wanted = column.type.python_type
            fits = isinstance(value, wanted) and not isinstance(value, bool)
            if not fits and not (value is None and column.nullable):
                raise self._wrong(place, Message("{name} is not as an export has it.", name=column.name))
            row[column.name] = value
        return row

    def _close(self) -> None:
        """Take in the case whose lines have all been read."""
        parcel, self.parcel = self.parcel, None
        if parcel is None:
            return
        case, number = parcel.case, parcel.case["number"]
        if self.tx.case(number) or self.tx.number_of(case["id"]):
            self.present.append(number)
            return
        if not self._stands(parcel):
            return
        try:
            self.tx.take_in(case, *(parcel.rows[kind] for kind in ("event", "record", "document")))
        except Conflict:
            raise self._wrong(
                parcel.place, Message("{number}: ids of it are in this database already.", number=number)
            ) from None
        except Guarded:
            raise self._wrong(
                parcel.place, Message("{number}: the case is not where its history says.", number=number)
            ) from None
        last = case["version"]
        offices = parcel.offices
        if self.source != self.tx.office_id:
            offices = [*offices, (last, self.source)]
        try:
            found = [*case_findings(self.tx, case, lambda _, row: str(row["sha256"]), offices)]
        except UNREADABLE:
            found = []
            self._note(parcel.place, Message("The history cannot be replayed."))
        for finding in found:
            self._note(parcel.place, Message("{where}: {what}", where=finding.where, what=finding.message))
        self._count(parcel)
        self.numbers.append(number)
        self.taken.cases.append((case["id"], offices))
        if len(self.taken.cases) == AT_ONCE:
            self.tell(self.source, self.taken)
            self.taken = Taken()
        self.told()

    def _stands(self, parcel: Parcel) -> bool:
        """Whether there is everything that the case refers to."""
        case = parcel.case
        known = len(self.problems)
        flow = self.flows.get(case["workflow_digest"])
        if flow is None:
            self._note(parcel.place, Message("The workflow of {number} is not in the file.", number=case["number"]))
        elif case["stage"] not in flow.stages:
            self._note(
                parcel.place,
                Message(
                    "{number} stands in a stage that its workflow has not: {stage}.",
                    number=case["number"],
                    stage=case["stage"],
                ),
            )
        if self.tx.staff(case["worker"]) is None:
            self._note(
                parcel.place,
                Message(
                    "{worker}, who has {number}, is not in the file.", worker=case["worker"], number=case["number"]
                ),
            )
        for document in parcel.rows["document"]:
            if self.tx.template(document["template"]) is None:
                self._note(parcel.place, Message("A template of {number} is not in the file.", number=case["number"]))
                break
        return len(self.problems) == known

    def _count(self, parcel: Parcel) -> None:
        """Let the office's counters go on after the numbers that came with the case."""
        if given := _numbered(self.office.case_number, parcel.case["number"]):
            self._raise(CASE_NUMBERS, *given)
        if self.source == self.tx.office_id:
            for event in parcel.rows["event"]:
                if event["kind"] == "registered" and '"count":' in event["body"]:
                    count = json.loads(event["body"]).get("count")
                    if isinstance(count, int):
                        self.tx.raise_number(LETTER_NUMBERS, int(event["on"][:4]), count)

    def _raise(self, kind: str, year: int, least: int) -> None:
        by = self.tx.raise_number(kind, year, least)
        self.taken.raised[kind, year] = self.taken.raised.get((kind, year), 0) + by


def _refuse(word: str) -> Any:
    raise ValueError(word)


def _present(number: str) -> Message:
    return Message("Case {number} is in this database already.", number=number)


def _is_stay(stay: object) -> bool:
    return isinstance(stay, list) and len(stay) == 2 and isinstance(stay[0], str) and isinstance(stay[1], int)


def _numbered(pattern: str, number: str) -> tuple[int, int] | None:
    """The year of a case's number and its place in the count, by the office's pattern; None where it has none."""
    parts = re.split(r"(\{year[^{}]*\}|\{number[^{}]*\})", pattern)
    groups = {"{year": "(?P<year>[0-9]{4})", "{number": "(?P<number>[0-9]{1,9})"}
    expression = "".join(
        next((group for start, group in groups.items() if part.startswith(start)), re.escape(part)) for part in parts
    )
    found = re.fullmatch(expression, number)
    if found is None or not {"year", "number"} <= found.groupdict().keys():
        return None
    year, count = int(found["year"]), int(found["number"])
    return (year, count) if pattern.format(year=year, number=count) == number else None
