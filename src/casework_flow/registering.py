"""The numbers of letters: entered as the office's register gave them, or drawn from its pattern where it has one.

The software never invents a number (Permendagri 1/2023): until one is registered, its place stays blank. A number
is entered once; a wrong one is corrected by a further event, with a reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from .documents import markup
from .errors import Invalid, Problem, Refused
from .messages import Message
from .office import Office
from .store.store import LETTER_NUMBERS, Transaction
from .values import Registered

MOST_CHARACTERS: Final = 80
"""Of a letter number: far above any that a register gives, and short enough for the line that it stands on."""

Row = Mapping[str, Any]


def entered(number: str) -> str:
    """A letter number as it was typed, without blanks around it.

    Raises:
        Invalid: it is empty, too long, or more than one line of printable characters.
    """
    cleaned = " ".join(markup.clean(number).split(" ")).strip()
    if not cleaned:
        raise _wrong(Message("The letter number is missing."))
    if len(cleaned) > MOST_CHARACTERS:
        raise _wrong(Message("At most {most} characters are expected.", most=MOST_CHARACTERS))
    if not cleaned.isprintable():
        raise _wrong(Message("One line of letters, digits and signs is expected."))
    return cleaned


def _wrong(message: Message) -> Invalid:
    return Invalid(Message("This cannot be a letter number."), [Problem("number", message)])


def drawn(tx: Transaction, office: Office, year: int) -> tuple[str, int]:
    """The next number of the office's pattern, and its place in the year's count.

    A number that was entered by hand already is passed over; nothing else leaves a gap, because the count is kept
    in the same transaction as the number.

    Raises:
        Refused: the office has not switched this on.
    """
    if not office.register_pattern:
        raise Refused(
            Message(
                "The office draws no letter numbers: enter the one that its register gave, or set register_pattern "
                "in casework.toml."
            )
        )
    while True:
        count = tx.next_number(LETTER_NUMBERS, year)
        number = office.register_pattern.format(year=year, number=count)
        if not taken(tx, number, year):
            return number, count


def taken(tx: Transaction, number: str, year: int) -> bool:
    """Whether a document of the office bears ``number`` in ``year`` already."""
    return any(
        str(registered_on(tx.events(row["case_id"]), row["id"]))[:4] == str(year) for row in tx.numbered(number)
    )


def registered_on(events: Iterable[Row], document: str) -> str | None:
    """The working date on which the document with that id got the number that it bears."""
    given = [event for event in events if event["kind"] == "registered" and event["body"]["document"] == document]
    return str(given[-1]["on"]) if given else None


def words(
    tx: Transaction, office: Office, row: Row, letter: str | None, year: int, *, correct: bool, reason: str | None
) -> dict[str, Any]:
    """The body of the event by which the document in ``row`` gets its number.

    Args:
        tx: a transaction that writes: a number that is drawn is counted in it.
        office: the office's profile.
        row: the document.
        letter: the number; None draws the next one of the office's pattern.
        year: the year of the number.
        correct: whether it replaces a wrong one.
        reason: why.

    Raises:
        Refused: the document has a number, or none that could be corrected, or another one bears this number.
        Invalid: this cannot be a letter number, or a correction has no reason.
    """
    before = row["number"]
    if correct and before is None:
        raise Refused(Message("The document {document} has no number that could be corrected.", document=row["name"]))
    if correct and not (reason or "").strip():
        why = Message("Correcting a letter number needs a reason.")
        raise Invalid(Message("The reason is missing."), [Problem("reason", why)])
    if before is not None and not correct:
        raise Refused(
            Message(
                "The document {document} is registered already, as {number}; a wrong number is corrected with "
                "--correct and a reason.",
                document=row["name"],
                number=before,
            )
        )
    if letter is None:
        number, count = drawn(tx, office, year)
    else:
        number, count = entered(letter), None
        if taken(tx, number, year):
            raise Refused(
                Message("The number {number} is given already, in the year {year}.", number=number, year=str(year))
            )
    return {
        "document": row["id"],
        "name": row["name"],
        "item": row["item"],
        "version": row["version"],
        "number": number,
        "before": before,
        "count": count,
    }


def registered(case: str, event: Row) -> Registered:
    """What the event told, by which a document of ``case`` got its number."""
    body = event["body"]
    return Registered(
        case=case,
        name=body["name"],
        item=body["item"] or None,
        version=body["version"],
        number=body["number"],
        at=event["on"],
        by=event["by"],
        before=body["before"],
    )
