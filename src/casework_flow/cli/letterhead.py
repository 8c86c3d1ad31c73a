"""The office's profile asked for on a terminal, and what its letters will look like."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from .. import office
from ..documents import profile as documents
from ..documents.language import group_nip, name_of
from ..documents.render import Templates
from ..errors import Invalid, did_you_mean
from ..messages import Message, Sayable, languages
from ..notation import Unclear
from ..office import Office
from ..resources import shipped
from . import answers, project
from .asking import Asker

SAMPLE: Final = "kop-surat.pdf"
"""The file in which the finished letterhead can be looked at."""
_COLUMNS: Final = 76
_SIDES: Final = {"right": Message("right"), "centre": Message("in the middle"), "left": Message("left")}
_SERVICE_MONTHS: Final = (*range(1, 13), 21)
"""Month in which service began; 21 marks those employed by contract (PPPK)."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting of the profile: its key, what is asked, the words that it may have, and how it is read."""

    key: str
    label: Sayable
    choices: Mapping[str, Sayable] | None = None
    read: Callable[[str], Any] = str


def nip(text: str) -> str:
    """A civil servant's number, 18 digits in groups of 8, 6, 1 and 3; blanks are left out.

    Birth date, year and month in which service began, sex (1 or 2), serial (Perka BKN 22/2007).

    Raises:
        Unclear: it is none.
    """
    digits = re.sub(r"[\s.]", "", text)
    if not digits:
        return ""
    if not re.fullmatch("[0-9]{18}", digits):
        raise Unclear(Message("A NIP has 18 digits, such as 19700101 199503 1 001."))
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        raise Unclear(
            Message("The first 8 digits of a NIP are a birth date, not {digits}.", digits=digits[:8])
        ) from None
    if int(digits[12:14]) not in _SERVICE_MONTHS:
        raise Unclear(
            Message(
                "Digits 9 to 14 of a NIP are the year and month in which service began, not {digits}.",
                digits=digits[8:14],
            )
        )
    if digits[14] not in "12":
        raise Unclear(Message("Digit 15 of a NIP is 1 for a man and 2 for a woman, not {digit}.", digit=digits[14]))
    return digits


def margins(text: str) -> list[float]:
    """Four margins in millimetres.

    Raises:
        Unclear: they are not four numbers.
    """
    found = [answers.number(word) for word in text.split()]
    if len(found) != len(_MARGINS):
        raise Unclear(Message("Four numbers are expected: top, right, bottom, left, in millimetres."))
    return found


def logo(text: str) -> str:
    """The path of a picture that a letterhead can carry.

    Raises:
        Unclear: there is no such picture.
    """
    if text.strip():
        try:
            documents.data_uri(Path(text.strip()).expanduser())
        except Invalid as fault:
            raise Unclear(Message("{why}", why=fault.problems[0].message)) from None
    return text.strip()


def _size(paper: str) -> Message:
    width, height = documents.PAPERS[paper]
    return Message("{name}, {width} × {height} mm", name=paper.upper(), width=width, height=height)


def _language(lang: str) -> Message:
    return Message("{name}", name=name_of(lang, lang))


_MARGINS: Final = ("letter.margin_top", "letter.margin_right", "letter.margin_bottom", "letter.margin_left")
SETTINGS: Final = (
    Setting("agency", Message("Name of the office")),
    Setting("government", Message("Government above it, the first line of the letterhead")),
    Setting("address", Message("Address, in one line")),
    Setting("contact", Message("Telephone, e-mail, website")),
    Setting("place", Message("Place where letters are signed")),
    Setting("letter.logo", Message("Logo, a PNG, JPEG or SVG file"), read=logo),
    Setting("letter.paper", Message("Paper"), {name: _size(name) for name in documents.PAPERS}),
    Setting("margins", Message("Margins in mm: top, right, bottom, left"), read=margins),
    Setting("letter.font", Message("Font")),
    Setting("letter.font_size", Message("Size of the font, in points"), read=answers.number),
    Setting("letter.signature_side", Message("Where a single signature stands"), _SIDES),
    Setting("letter.signature_space", Message("Space for a signature, in mm"), read=answers.number),
    Setting("head.title", Message("Position of the head of the office")),
    Setting("head.name", Message("Name of the head of the office")),
    Setting("head.nip", Message("NIP of the head of the office"), read=nip),
    Setting("letter.language", Message("Language of the documents"), {one: _language(one) for one in languages()}),
    Setting(
        "register_pattern",
        Message(
            "Pattern of letter numbers, such as {example}; empty: the office keeps its register",
            example="460/{number:03d}/Dinsos/{year}",
        ),
    ),
)  # fmt: skip
_OFFICIAL: Final = (
    Setting("name", Message("Name of another official who signs (Enter: nobody)")),
    Setting("title", Message("Position")),
    Setting("nip", Message("NIP"), read=nip),
    Setting("acting", Message("In whose name: a.n. Kepala Dinas, Plt., Plh.")),
)


def ask(asker: Asker, agency: str | None) -> dict[str, Any]:
    """The settings that somebody gives, each with its default; shown at the end, and asked again until they agree.

    Raises:
        EOFError, KeyboardInterrupt: they stopped.
    """
    settings: dict[str, Any] = {"agency": agency or ""}
    asker.screen.heading(Message("The office's profile"))
    asker.screen.line(
        Message("Enter keeps what stands in [ ], or leaves it empty; everything can be changed later. < goes back."),
        "dim",
    )
    while True:
        place = 0
        while place < len(SETTINGS):
            place = max(0, place + (1 if _setting(asker, SETTINGS[place], settings) else -1))
        settings["officials"] = _officials(asker)
        settings["copies"] = _copies(asker)
        asker.screen.line()
        for line in letterhead(_office(settings), asker.app.lang):
            asker.screen.line(line)
        if asker.decide(Message("Make the project with this?"), default=True):
            return settings


def _setting(asker: Asker, setting: Setting, settings: dict[str, Any]) -> bool:
    """Ask for one setting; False is the way back."""
    now = _shown(setting, settings)
    if setting.choices:
        said = "   ".join(
            f"{place} {asker.app.say(label)}" for place, label in enumerate(setting.choices.values(), 1)
        )
        asker.screen.line(f"  {said}", "dim")

    def check(text: str) -> None:
        if setting.choices:
            value: Any = _chosen(text, setting.choices)
        else:
            value = setting.read(text)
        tried = _with(settings, setting.key, value)
        for fault in faults(tried, _MARGINS if setting.key == "margins" else (setting.key,)):
            raise Unclear(fault)
        settings.clear()
        settings.update(tried)

    return asker.text(setting.label, now, check) is not None


def _chosen(text: str, choices: Mapping[str, Sayable]) -> str:
    """The word that a text means: itself, its number or its label; else the text, which the profile refuses."""
    words = list(choices)
    if text.isdigit() and 1 <= int(text) <= len(words):
        return words[int(text) - 1]
    called = {choices[word].say(lang).casefold(): word for word in words for lang in languages()}
    return called.get(text.casefold(), text.casefold())


def _shown(setting: Setting, settings: Mapping[str, Any]) -> str:
    if setting.key == "margins":
        return " ".join(f"{_value(settings, key):g}" for key in _MARGINS)
    found = _value(settings, setting.key)
    return f"{found:g}" if isinstance(found, int | float) else str(found)


def _value(settings: Mapping[str, Any], key: str) -> Any:
    """What a setting is: as it was given, else its default."""
    table, _, name = key.rpartition(".")
    given = settings.get(table, {}) if table else settings
    plain = Office(agency="")
    return given.get(name, getattr(getattr(plain, table) if table else plain, name))


def _with(settings: Mapping[str, Any], key: str, value: Any) -> dict[str, Any]:
    found = {name: dict(part) if isinstance(part, Mapping) else part for name, part in settings.items()}
    values = zip(_MARGINS, value, strict=True) if key == "margins" else [(key, value)]
    for path, one in values:
        table, _, name = path.rpartition(".")
        (found.setdefault(table, {}) if table else found)[name] = one
    return found


def faults(settings: Mapping[str, Any], keys: tuple[str, ...]) -> list[Message]:
    """What is wrong with some of the settings, as the profile would be refused when it is read."""
    try:
        _office(settings)
    except Invalid as refused:
        return [Message("{why}", why=one.message) for one in refused.problems if one.where in keys]
    except UnicodeEncodeError:
        return [Message("This text has characters that no file can hold (NUL or half a character); type it anew.")]
    return []


def _office(settings: Mapping[str, Any]) -> Office:
    """The office that reads back from a profile with these settings."""
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / office.FILE
        file.write_text(project.profile(settings), encoding="utf-8")
        return office.load(file)


def _officials(asker: Asker) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        official: dict[str, Any] = {}
        place = 0
        while place < len(_OFFICIAL):
            setting = _OFFICIAL[place]

            def check(text: str, setting: Setting = setting, official: dict[str, Any] = official) -> None:
                official[setting.key] = setting.read(text)

            if asker.text(setting.label, official.get(setting.key, ""), check) is None:
                place = max(0, place - 1)
                continue
            if not official["name"]:
                return found
            place += 1
        _signed(asker, official)
        found.append(official)


def _signed(asker: Asker, official: dict[str, Any]) -> None:
    """Ask which documents an official signs."""

    def check(text: str) -> None:
        official["signs"] = [_document(word) for word in text.replace(",", " ").split()]

    asker.text(Message("Documents that they sign, with blanks between"), "", check)


def _copies(asker: Asker) -> dict[str, list[str]]:
    """Who gets a copy of which document."""
    found: dict[str, list[str]] = {}
    while True:
        name = asker.text(Message("Copies (tembusan) of which document (Enter: none)"), "", _known)
        if not name:
            return found
        who = asker.text(Message("Who gets a copy, with ; between"))
        if to := [part.strip() for part in (who or "").split(";") if part.strip()]:
            found[name] = to


def _known(name: str) -> None:
    if name:
        _document(name)


def _document(name: str) -> str:
    """The name of a document.

    Raises:
        Unclear: there is none.
    """
    known = Templates([shipped("templates")]).names()
    if name not in known:
        hint = did_you_mean(name, known) or Message("There are: {names}.", names=known)
        raise Unclear(Message("There is no template for the document {name}. {hint}", name=name, hint=hint))
    return name


def letterhead(own: Office, lang: str) -> Iterator[str]:
    """A letter of the office in lines of text: its head, and its foot with the signature."""
    letter = own.letter
    for line in (own.government.upper(), own.agency.upper(), own.address, own.contact):
        for part in _wrapped(line):
            yield part.center(_COLUMNS).rstrip()
    yield "═" * _COLUMNS
    yield ""
    head = [f"{own.place or '…'}, …", own.head.title, "", "", own.head.name]
    head += [f"NIP {group_nip(own.head.nip)}"] if own.head.nip else []
    shift = {"left": 0, "centre": _COLUMNS // 2 - 16, "right": _COLUMNS - 34}[letter.signature_side]
    for line in head:
        yield f"{'':{shift}}{line}".rstrip()
    for name, who in own.copies.items():
        yield Message("Copies of {name}: {who}", name=name, who=list(who)).say(lang)
    for official in own.officials:
        said = ", ".join(part for part in (official.acting, official.title, official.name) if part)
        yield Message("Also signs: {who}", who=said).say(lang)
    yield ""
    sides = " / ".join(f"{getattr(letter, key.partition('.')[2]):g}" for key in _MARGINS)
    yield Message(
        "{paper}, margins {margins} mm, {font} {size} pt",
        paper=letter.paper.upper(),
        margins=sides,
        font=letter.font,
        size=f"{letter.font_size:g}",
    ).say(lang)


def _wrapped(text: str) -> list[str]:
    import textwrap

    return textwrap.wrap(text, _COLUMNS)


def make(folder: Path, settings: Mapping[str, Any]) -> Office:
    """The project with these settings, its logo beside them; see ``project.create``."""
    picture = settings.get("letter", {}).get("logo")
    if not picture:
        return project.create(folder, settings)
    source = Path(picture).expanduser()
    name = f"logo{source.suffix.lower()}"
    own = project.create(folder, _with(settings, "letter.logo", name))
    shutil.copyfile(source, folder / name)
    return own


def sample(own: Office) -> bytes:
    """A letter of the shipped example in the office's form, as PDF, marked as a draft.

    Raises:
        Invalid: the letterhead cannot be used.
    """
    from ..casework import Casework
    from ..values import Case, Done
    from . import demo

    folder = shipped("examples") / demo.EXAMPLE
    with tempfile.TemporaryDirectory() as scratch:
        walker = project.fill(Path(scratch), demo.load_walk(folder)["office"])
        number, on = "", ""
        for step in demo.walk(walker, folder):
            number = step.result.number if isinstance(step.result, Case) else number
            if isinstance(step.result, Done):
                break
            on = step.on
            if number and step.verb == "approve":
                break
        stages = walker.workflow(number).stages
        issue = next(iter(stages.values())).documents[-1]
        letters = Casework(walker.office.database_url, office=replace(own, database=walker.office.database))
        found = letters.draft(number, issue.document, at=on).pdf()
        letters.disconnect()
        walker.disconnect()
        return bytes(found)
