"""The kinds of field that records are made of, and what each of them refuses.

A refusal is a ``Fault``: a sentence for the person who filled the field in. Nothing is converted: a number in
quotes is no number. What comes as text (a CSV file) is converted before it comes here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field, GetCoreSchemaHandler, ValidationInfo
from pydantic_core import CoreSchema, core_schema
from stdnum.exceptions import ValidationError as NumberError
from stdnum.id import nik

from ..errors import did_you_mean
from ..messages import Message, Sayable, languages

MAX_TEXT: Final = 20_000
"""Longest text of one field, in characters."""
MAX_NUMBER: Final = 10**15
"""Largest number of one field: beyond it a number is a slip of the finger, and floats lose whole units."""
LONGEST: Final = 10**30
"""A whole number from here on is nothing that somebody typed, not even one that belongs in quotes."""
FIRST_DAY: Final = date(1900, 1, 1)
LAST_DAY: Final = date(2100, 12, 31)


class Fault(ValueError):
    """What is wrong with one value, said to the person who gave it."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


@dataclass(frozen=True, slots=True)
class Context:
    """What the validity of a record depends on besides its content.

    ``today`` is the working date; ``review_required_for`` are the reasons of closure, from the workflow, that
    demand the date of the joint review, ``reasons`` are all that the workflow knows.
    """

    today: date
    review_required_for: Collection[str] = ()
    reasons: Collection[str] = ()


def _checked(check: Callable[[Any, ValidationInfo], Any]) -> CoreSchema:
    return core_schema.with_info_plain_validator_function(check)


@dataclass(frozen=True, eq=False)  # compared by identity: typing hashes what annotations carry
class Choice:
    """One of a few words; each has the label that is printed for it."""

    labels: Mapping[str, Sayable]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return _checked(self.check)

    def check(self, value: Any, _: ValidationInfo) -> str:
        """Refuse what is none of the words, naming them all."""
        if isinstance(value, str) and value in self.labels:
            return value
        choices = [_word(word, label) for word, label in self.labels.items()]
        near = self._meant(value) if isinstance(value, str) else None
        shown = short(value)
        if near is None:
            raise Fault(Message("{value} is none of: {choices}.", value=shown, choices=choices))
        raise Fault(Message("{value} is none of: {choices}. {near}", value=shown, choices=choices, near=near))

    def _meant(self, value: str) -> Message | None:
        """The word that is nearest to ``value``, or whose label is, in whatever language."""
        known = {label.say(lang).casefold(): word for word, label in self.labels.items() for lang in languages()}
        known |= {word.casefold(): word for word in self.labels}
        near = did_you_mean(value.casefold(), list(known))
        return Message("Did you mean {name}?", name=known[str(near.params["name"])]) if near else None


def _word(word: str, label: Sayable) -> Message | str:
    """A word of a choice with its label, where that says more than the word."""
    return word if str(label) == word else Message("{word} ({label})", word=word, label=label)


@dataclass(frozen=True, eq=False)
class Labelled:
    """The label of a form's field, in the languages of the workflow file."""

    text: Sayable


def choice(**labels: str) -> Choice:
    """A choice whose words have English labels, to be translated."""
    return Choice({word: Message(label) for word, label in labels.items()})


@dataclass(frozen=True)
class Day:
    """A date. One of something done is not after the working date; one that announces may be."""

    done: bool

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return _checked(self.check)

    def check(self, value: Any, info: ValidationInfo) -> date:
        """Refuse what is no date of the calendar, and the future for things done."""
        if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            day = _day(value) if isinstance(value, str) else None
            if day is not None:
                raise Fault(Message("{value} is not how a date is given: write {day}.", value=short(value), day=day))
            raise Fault(Message("{value} is not a date such as 2025-03-17.", value=short(value)))
        try:
            day = date.fromisoformat(value)
        except ValueError:
            raise Fault(Message("{value} is not a day of the calendar.", value=value)) from None
        if not FIRST_DAY <= day <= LAST_DAY:
            raise Fault(
                Message("{value} is not between {first} and {last}.", value=value, first=FIRST_DAY, last=LAST_DAY)
            )
        today = info.context.today if isinstance(info.context, Context) else LAST_DAY
        if self.done and day > today:
            raise Fault(Message("{value} is after the working date {today}.", value=value, today=today))
        return day


@dataclass(frozen=True)
class Number:
    """A number, whole or with decimals, kept as it was written: 5 stays 5."""

    over: float | None = None
    least: float | None = None
    most: float | None = None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return _checked(self.check)

    def check(self, value: Any, _: ValidationInfo) -> float:
        """Refuse texts, true and false, infinities, and what is out of bounds."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Fault(Message("{value} is not a number.", value=short(value)))
        if not -MAX_NUMBER <= value <= MAX_NUMBER:  # infinities and not-a-number fail it too
            raise Fault(Message("{value} is beyond what a field can hold.", value=short(value)))
        if self.over is not None and value <= self.over:
            raise Fault(Message("{value} is not more than {bound}.", value=value, bound=self.over))
        if self.least is not None and value < self.least:
            raise Fault(Message("{value} is less than {bound}.", value=value, bound=self.least))
        if self.most is not None and value > self.most:
            raise Fault(Message("{value} is more than {bound}.", value=value, bound=self.most))
        return value


@dataclass(frozen=True)
class Whole(Number):
    """A whole number: years, weeks, rupiah."""

    def check(self, value: Any, info: ValidationInfo) -> int:
        """Refuse decimals, even .0: money and counts are not measured."""
        if isinstance(value, bool) or not isinstance(value, int):
            number = _amount(value) if isinstance(value, str) else None
            if number is not None:
                raise Fault(
                    Message(
                        "{value} is not how a number is given: write {number}.", value=short(value), number=number
                    )
                )
            raise Fault(Message("{value} is not a whole number.", value=short(value)))
        super().check(value, info)
        return value


_DAY_FIRST: Final = re.compile(r"(?P<day>[0-9]{1,2})[-/. ](?P<month>[0-9]{1,2})[-/. ](?P<year>[0-9]{4})")
_YEAR_FIRST: Final = re.compile(r"(?P<year>[0-9]{4})[-/. ](?P<month>[0-9]{1,2})[-/. ](?P<day>[0-9]{1,2})")
_AMOUNT: Final = re.compile(
    r"(?:rp\.?)?\s*(?P<number>[0-9]{1,3}(?:\.[0-9]{3})+(?:,00)?|[0-9]{1,3}(?:,[0-9]{3})+(?:\.00)?|[0-9]{1,15})(?:,-)?",
    re.IGNORECASE,
)


def _day(text: str) -> date | None:
    """The date that somebody wrote as people in Indonesia do, the day first, or with other marks; else None."""
    found = _DAY_FIRST.fullmatch(text.strip()) or _YEAR_FIRST.fullmatch(text.strip())
    try:
        return date(int(found["year"]), int(found["month"]), int(found["day"])) if found else None
    except ValueError:
        return None


def _amount(text: str) -> int | None:
    """The whole number that somebody wrote with marks between the thousands, or with the currency; else None."""
    found = _AMOUNT.fullmatch(text.strip()[:60])
    return int(re.sub(r"[.,]00$|[.,]", "", found["number"])) if found else None


def short(value: object) -> str:
    """``value`` as it stands in the file, cut to what fits in a sentence."""
    if isinstance(value, str):
        text = f'"{" ".join(value[:80].split())}"'.encode("utf-8", "replace").decode()  # a refusal is one line
    elif isinstance(value, bool) or value is None:
        text = {True: "true", False: "false", None: "null"}[value]
    elif isinstance(value, int) and abs(value) >= LONGEST:
        return f"{'-' if value < 0 else ''}{MAX_NUMBER}…"  # Python refuses to print the longest integers
    else:
        text = str(value)
    return text if len(text) <= 60 else text[:59] + "…"


def _not_blank(value: str) -> str:
    if not value.strip():
        raise Fault(Message("A text is expected here, not blanks."))
    return value


def _digits(name: Message, count: int) -> Callable[[str], str]:
    def check(value: str) -> str:
        if not re.fullmatch(r"[0-9]+", value) or len(value) != count:
            raise Fault(Message("{name} has {count} digits and nothing else.", name=name, count=count))
        return value

    return check


def _nik(value: str) -> str:
    """The structure of a NIK: province, regency, district, birth date (women day + 40), serial from 0001.

    The region table of python-stdnum holds the codes of BPS, and a NIK carries those of Kemendagri (1216 is
    Pakpak Bharat in one, Humbang Hasundutan in the other): only its reading of the date is used.
    """
    if any(value[at : at + 2] == "00" for at in (0, 2, 4)):
        raise Fault(Message("The NIK's province, regency or district is 00, which does not exist."))
    try:
        day = int(value[6:8])
        if not (1 <= day <= 31 or 41 <= day <= 71):
            raise NumberError
        nik.get_birth_date(value)
    except NumberError:
        raise Fault(Message("The NIK's digits 7 to 12 ({digits}) are no birth date.", digits=value[6:12])) from None
    if value.endswith("0000"):
        raise Fault(Message("The NIK's serial number is 0000; serials begin with 0001."))
    return value


def _phone(value: str) -> str:
    """The number as ``+628…``: written with or without +62, with spaces, dots, dashes or brackets."""
    number = re.sub(r"[\s().-]", "", value)
    number = re.sub(r"^(?:\+?62|0)(?=8)", "+62", number)
    if not re.fullmatch(r"\+628[0-9]{7,11}", number):
        raise Fault(Message("{value} is not a mobile number such as +6281234567890.", value=short(value)))
    return number


def region_fault(scheme: object, code: str) -> Message | None:
    """What is wrong with a region's code, by its scheme; None when its form is right.

    Kemendagri: ``PP.KK[.CC[.DDDD]]`` (Kepmendagri 300.2.2-2138/2025); BPS: 2, 4, 7 or 10 digits. Only the
    form is looked at, for the list of regions changes every year.
    """
    if scheme == "kemendagri":
        if not re.fullmatch(r"[0-9]{2}\.[0-9]{2}(?:\.[0-9]{2}(?:\.[0-9]{4})?)?", code):
            return Message("{code} is not a Kemendagri code such as 12.16 or 12.16.06.", code=short(code))
        parts = code.split(".")
    else:
        if not re.fullmatch(r"[0-9]{2}(?:[0-9]{2}(?:[0-9]{3}(?:[0-9]{3})?)?)?", code):
            return Message("{code} is not a BPS code of 2, 4, 7 or 10 digits.", code=short(code))
        parts = [code[:2], code[2:4], code[4:7], code[7:]]
    if any(part and set(part) == {"0"} for part in parts):
        return Message("{code} has a part of zeros only, which no region has.", code=short(code))
    return None


Text = Annotated[str, Field(max_length=MAX_TEXT), AfterValidator(_not_blank)]
Name = Annotated[str, Field(max_length=300), AfterValidator(_not_blank)]
"""A short text that identifies: an id, a code, the name of a reason."""
Nik = Annotated[str, AfterValidator(_digits(Message("A NIK"), 16)), AfterValidator(_nik)]
FamilyCard = Annotated[str, AfterValidator(_digits(Message("A family card number"), 16))]
Phone = Annotated[str, AfterValidator(_phone)]
DoneOn = Annotated[date, Day(done=True)]
AnnouncedOn = Annotated[date, Day(done=False)]
Rupiah = Annotated[int, Whole(over=0)]
Count = Annotated[int, Whole(least=1)]
Measure = Annotated[float, Number()]
