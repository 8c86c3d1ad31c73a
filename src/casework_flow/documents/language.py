"""How dates, money and numbers are written in a language: the filters of the templates.

Locale data come from CLDR (Babel), numbers in words from num2words; nothing here knows a language by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from babel import Locale
from babel.dates import format_date, get_day_names, get_month_names
from babel.numbers import format_decimal

from ..messages import Message

_GROUPS_OF_NIP = (8, 6, 1, 3)
_NIK_HEAD, _NIK_TAIL = 6, 4


def filters(lang: str) -> dict[str, Callable[..., str]]:
    """The filters by name, for documents written in ``lang``."""

    def day(value: str | date) -> str:
        """A date as people write it: 21 Mei 2025."""
        return format_date(_date(value), "d MMMM y", locale=lang)

    def weekday(value: str | date) -> str:
        """The day's name: Rabu."""
        return str(get_day_names("wide", locale=lang)[_date(value).weekday()])

    def day_in_words(value: str | date) -> str:
        """A date wholly in words, as an official record opens: dua puluh satu bulan Mei tahun dua ribu …"""
        given = _date(value)
        form = Message("a day of the month is spelled as: ordinal").say(lang).rpartition(" ")[2]
        said = Message(
            "the {day} of {month} in the year {year}",
            day=words(given.day, form),
            month=get_month_names("wide", locale=lang)[given.month],
            year=words(given.year),
        )
        return said.say(lang)

    def words(value: int, form: str = "cardinal") -> str:
        """A whole number in words: delapan."""
        from num2words import num2words  # kept out of start-up: few documents spell a number

        return str(num2words(int(value), lang=lang, to=form)).strip()

    def counted(value: int) -> str:
        """A number with its words, as contracts have it: 8 (delapan)."""
        return f"{number(value)} ({words(value)})"

    def number(value: float) -> str:
        """A number with the separators of the language: 9,7."""
        return format_decimal(value, format="#,##0.##", locale=lang)

    def money(value: int) -> str:
        """Whole rupiah: Rp225.000 in Indonesian, Rp225,000 in English."""
        sign = "-" if value < 0 else ""
        return f"{sign}Rp{format_decimal(abs(value), format='#,##0', locale=lang)}"

    def percent(value: float, decimals: int | None = None) -> str:
        """A share: 9,7 %; with ``decimals`` that many, 26,0 % too."""
        fixed = format_decimal(value, format=_fixed(decimals or 0), locale=lang, decimal_quantization=True)
        return Message("{number}%", number=number(value) if decimals is None else fixed).say(lang)

    def change(value: float, decimals: int = 1) -> str:
        """A change in percent, with its sign: +3,3 %."""
        return f"{'+' if value > 0 else ''}{percent(value, decimals)}"

    def period(first: str | date, last: str | date) -> str:
        """From one day to another, what both share said once: 17 s.d. 23 Maret 2025."""
        begin, end = _date(first), _date(last)
        if begin == end:
            return day(end)
        shared = "d MMMM y" if begin.year != end.year else "d MMMM" if begin.month != end.month else "d"
        said = Message("{first} to {last}", first=format_date(begin, shared, locale=lang), last=day(end))
        return said.say(lang)

    def label(value: Any) -> str:
        """What a stored word is called: ``home_visit`` → kunjungan rumah. Any other text stays as it is."""
        known = CHOICE_WORDS.get(str(value).replace("_", " "))
        return known.say(lang) if known else str(value)

    return {
        "date": day,
        "weekday": weekday,
        "date_in_words": day_in_words,
        "words": words,
        "counted": counted,
        "number": number,
        "money": money,
        "percent": percent,
        "change": change,
        "period": period,
        "shift": shift,
        "label": label,
        "mask_nik": mask_nik,
        "nip": group_nip,
        "sentence": sentence,
    }


def name_of(lang: str, said_in: str) -> str:
    """What a language is called in another one: ``id`` in English is Indonesian."""
    return Locale.parse(lang).get_language_name(said_in) or lang


def shift(value: str | date, days: int) -> str:
    """The day that lies ``days`` after ``value``, as ISO text, for another filter to write."""
    return (_date(value) + timedelta(days=days)).isoformat()


def sentence(text: str) -> str:
    """The text with a capital first letter, the rest as it is."""
    return text[:1].upper() + text[1:]


def mask_nik(nik: str) -> str:
    """A NIK as it may stand outside the contract papers: 121606******9999."""
    hidden = len(nik) - _NIK_HEAD - _NIK_TAIL
    return f"{nik[:_NIK_HEAD]}{'*' * hidden}{nik[-_NIK_TAIL:]}" if hidden > 0 else "*" * len(nik)


def group_nip(nip: str) -> str:
    """A civil servant's number in its usual groups: 8, 6, 1 and 3 digits."""
    digits = "".join(nip.split())
    if len(digits) != sum(_GROUPS_OF_NIP):
        return nip
    parts, rest = [], digits
    for size in _GROUPS_OF_NIP:
        parts.append(rest[:size])
        rest = rest[size:]
    return " ".join(parts)


def _fixed(decimals: int) -> str:
    return "#,##0" + ("." + "0" * decimals if decimals else "")


def _date(value: str | date) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value[:10])


CHOICE_WORDS: Mapping[str, Message] = {
    **{message.template: message for message in (
        Message("female"), Message("male"), Message("unknown"), Message("full"), Message("limited"),
        Message("single"), Message("married"), Message("divorced"), Message("widowed"), Message("cohabiting"),
        Message("separated"), Message("parent child"), Message("sibling"), Message("literate"), Message("none"),
        Message("consent"), Message("public service task"), Message("vital interest"), Message("legal obligation"),
        Message("contract"), Message("legitimate interest"), Message("active"), Message("graduated"),
        Message("exited"), Message("walk in"), Message("referral"), Message("outreach"), Message("home visit"),
        Message("office"), Message("phone"), Message("service"), Message("data"), Message("sharing"),
        Message("photo"), Message("written"), Message("thumbprint"), Message("oral witnessed"), Message("close"),
        Message("ordinary"), Message("distant"), Message("conflict"), Message("cut off"), Message("informal"),
        Message("formal"), Message("strong"), Message("moderate"), Message("weak"), Message("absent"),
        Message("to client"), Message("from client"), Message("mutual"), Message("problem"), Message("need"),
        Message("strength"), Message("resource"), Message("economic"), Message("psychological"),
        Message("social"), Message("education"), Message("health"), Message("spiritual"), Message("low"),
        Message("medium"), Message("high"), Message("guided"), Message("independent"), Message("up"),
        Message("down"), Message("reach"), Message("held"), Message("cancelled"), Message("client absent"),
        Message("income"), Message("expense"), Message("want"), Message("business capital"), Message("met"),
        Message("partly"), Message("not met"), Message("not measurable"), Message("terminate"),
        Message("continue"), Message("replan"), Message("reassess"), Message("refer"), Message("daily"),
        Message("weekly"), Message("monthly"), Message("client"), Message("worker"), Message("child"),
        Message("caregiver"), Message("breadwinner"), Message("social worker"),
        Message("practicum student"), Message("supervisor"), Message("office head"),
        Message("intake officer"), Message("auditor"), Message("family"), Message("spouse"), Message("parent"),
        Message("husband"), Message("wife"), Message("father"), Message("mother"), Message("grandparent"),
        Message("guardian"), Message("household head"), Message("dual role"),
    )},
    "pkh component": Message("component of PKH"), "pkh companion": Message("companion of PKH"),
}  # fmt: skip
"""The words that records store as choices or usually hold, so that the catalogues name them."""
