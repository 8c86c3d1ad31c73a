"""The office's profile: who writes the letters, where, on what paper, and what no record holds."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .errors import Invalid, NotFound, Problem, did_you_mean
from .messages import Message, languages

FILE: Final = "casework.toml"


@dataclass(frozen=True, slots=True)
class Official:
    """Who signs for the office. What is empty is left out of the letters."""

    title: str = ""
    name: str = ""
    nip: str = ""


@dataclass(frozen=True, slots=True)
class Signatory(Official):
    """Another official than the head, who signs the documents that ``signs`` names, in whose name ``acting`` says."""

    acting: str = ""
    """Stands above the title: a.n., Plt. or Plh. with the title of who is acted for."""
    signs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Letter:
    """How documents look. Margins and the space for a signature are millimetres, the font's size points."""

    language: str = "id"
    paper: str = "a4"
    font: str = "Liberation Sans"
    font_size: float = 11
    margin_top: float = 25
    margin_right: float = 20
    margin_bottom: float = 20
    margin_left: float = 30
    signature_space: float = 19
    signature_side: str = "right"
    """Where a single signature stands: right, centre or left."""
    logo: str = ""
    """The emblem in the letterhead, a PNG, JPEG or SVG file beside ``casework.toml``."""
    base: str = ""
    """The office's own letterhead, a Word file beside ``casework.toml``; empty: the shipped one."""


@dataclass(frozen=True, slots=True)
class DataProtection:
    """What a person is told before their data are processed (UU 27/2022, article 21)."""

    purpose: str = ""
    legal_basis: str = ""
    kinds: str = ""
    retention: str = ""
    recipients: str = ""
    confidentiality: str = ""


_PRIVATE: Final = frozenset(
    {
        "folder",
        "database",
        "holidays",
        "closed_days",
        "timezone",
        "case_number",
        "register_pattern",
        "smallest_group",
    }
)
"""What no document tells of an office."""


@dataclass(frozen=True, slots=True)
class Office:
    """An office as ``casework.toml`` describes it; only the agency's name must be given."""

    agency: str
    government: str = ""
    address: str = ""
    contact: str = ""
    place: str = ""
    timezone: str = "Asia/Jakarta"
    holidays: str = "ID"
    closed_days: tuple[str, ...] = ()
    case_number: str = "KSS-{year}-{number:04d}"
    register_pattern: str = ""
    """From which letter numbers are drawn; empty where the office keeps its register elsewhere."""
    smallest_group: int = 5
    """Cases under which a report counts a group together with others, so that nobody is recognised."""
    database: str = "sqlite:///casework.db"
    head: Official = field(default_factory=Official)
    officials: tuple[Signatory, ...] = ()
    copies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Who gets a copy (tembusan) of a letter, by the document's name."""
    letter: Letter = field(default_factory=Letter)
    data_protection: DataProtection = field(default_factory=DataProtection)
    folder: Path | None = None
    """Where ``casework.toml`` lies, with the office's own workflows and templates beside it."""

    def as_data(self) -> dict[str, Any]:
        """The profile as documents keep it in their snapshot, with the letterhead file and the logo as text.

        Raises:
            Invalid: the letterhead file or the logo cannot be used.
        """
        data: dict[str, Any] = {name: _data(getattr(self, name)) for name in self.__slots__ if name not in _PRIVATE}
        data["copies"] = [{"of": name, "to": [*who]} for name, who in self.copies.items()]
        if self.letter.logo:
            from .documents import profile  # see below

            data["letter"]["logo"] = profile.data_uri((self.folder or Path()) / self.letter.logo)
        if self.letter.base:
            from .documents import docx_base  # only where an office has its own

            data["letter"]["base"] = docx_base.load((self.folder or Path()) / self.letter.base)
        return data

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which the office's days begin and end."""
        return ZoneInfo(self.timezone)

    @property
    def database_url(self) -> str:
        """The database, with a relative SQLite file taken from the project's folder."""
        prefix = "sqlite:///"
        if self.database.startswith(prefix) and not self.database.startswith(prefix + "/"):
            return prefix + str(((self.folder or Path()) / self.database.removeprefix(prefix)).resolve())
        return self.database

    def closed_on(self) -> Callable[[date], bool]:
        """Which days are no working days besides the weekends: public holidays, joint leave, the office's own."""
        own = frozenset(self.closed_days)
        if not self.holidays:
            return lambda day: day.isoformat() in own
        return lambda day: day.isoformat() in own or day in _official(self.holidays, day.year)


def _data(value: Any) -> Any:
    """``value`` as plain data; not ``dataclasses.asdict``, which copies each text for as long as a letter renders."""
    if isinstance(value, tuple):
        return [_data(item) for item in value]
    names = getattr(value, "__dataclass_fields__", None)
    return value if names is None else {name: _data(getattr(value, name)) for name in names}


_EXAMPLE: Final = Office(agency="")
_BOUNDS: Final[Mapping[str, tuple[int, int]]] = {
    **dict.fromkeys(("margin_top", "margin_right", "margin_bottom", "margin_left"), (5, 60)),
    "font_size": (8, 16),
    "signature_space": (10, 50),
}
_SIDES: Final = ("right", "centre", "left")
_NUMBERED: Final = re.compile(r"(?:[^{}\s]|\{year\}|\{number(?::0?[1-9]d)?\})+")
_REGISTER_EXAMPLE: Final = "460/{number:03d}/Dinsos/{year}"
_COUNTED: Final = ("{year}", "{number")
"""Numbers are counted for each year, so without both two cases would have the same one."""


@cache
def _official(country: str, year: int) -> frozenset[date]:
    """The holidays of a country in a year, with the days of joint leave."""
    calendar = _calendar_of(country)
    categories = tuple(name for name in ("public", "government") if name in calendar.supported_categories)
    return frozenset(calendar(years=year, categories=categories))


@cache
def _calendar_of(country: str) -> Any:
    """The calendar of a country, from its own file: the package that holds it imports those of all 250 countries."""
    import holidays  # only where a deadline is counted, like the calendar
    from holidays.registry import COUNTRIES

    module, name = next((module, names[0]) for module, names in COUNTRIES.items() if country in names)
    file = Path(holidays.__file__).parent / "countries" / f"{module}.py"
    spec = spec_from_file_location(f"{__name__}.{module}", file)
    assert spec is not None and spec.loader is not None  # noqa: S101, PT018  # for the type checker: it is a file
    found = module_from_spec(spec)
    spec.loader.exec_module(found)
    return getattr(found, name)


def find(start: Path) -> Path | None:
    """The nearest ``casework.toml`` in ``start`` or a folder above it."""
    for folder in (start, *start.parents):
        if (folder / FILE).is_file():
            return folder / FILE
    return None


def beside(url: str) -> Office:
    """The office of the ``casework.toml`` beside a SQLite file or in the working directory, or a nameless one.

    Args:
        url: the database's SQLAlchemy URL.

    Raises:
        Invalid: the file that was found cannot be used.
    """
    kind, _, file = url.partition("?")[0].partition(":///")
    folders = [Path(file).parent] if kind.startswith("sqlite") and file not in ("", ":memory:") else []
    for folder in (*folders, Path()):
        if (folder / FILE).is_file():
            return load(folder / FILE)
    return Office(agency="-")


def load(path: Path) -> Office:
    """Read an office's profile.

    Raises:
        NotFound: there is no such file.
        Invalid: it is not TOML, or a key or value in it is wrong; every fault is named.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NotFound(Message("There is no file {path}.", path=path)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise _invalid(path, [Problem(path.name, Message("This is not TOML: {why}.", why=fault))]) from None
    problems: list[Problem] = []
    values = _values(Office, data, (), problems)
    if not problems and not values.get("agency"):
        problems.append(Problem("agency", Message('The name of the office is missing: agency = "…".')))
    if problems:
        raise _invalid(path, problems)
    office = Office(**values, folder=path.parent)
    _check(office, path)
    return office


def _values(cls: Any, data: Mapping[str, Any], path: tuple[str, ...], problems: list[Problem]) -> dict[str, Any]:
    known = {f.name: f for f in fields(cls) if f.name != "folder"}
    values: dict[str, Any] = {}
    for key, value in data.items():
        where = ".".join((*path, key))
        if key not in known:
            hint = did_you_mean(key, list(known)) or Message("Known are: {names}.", names=list(known))
            problems.append(Problem(where, Message("There is no such setting. {hint}", hint=hint)))
            continue
        default = getattr(_EXAMPLE if cls is Office else cls(), key)
        if hasattr(default, "__dataclass_fields__"):
            if isinstance(value, Mapping):
                values[key] = type(default)(**_values(type(default), value, (*path, key), problems))
            else:
                problems.append(Problem(where, Message("A table of settings is expected here.")))
        elif key == "officials" and isinstance(value, list):
            values[key] = tuple(_signatory(item, f"{where}.{place}", problems) for place, item in enumerate(value))
        elif key == "copies" and isinstance(value, Mapping):
            values[key] = {name: _texts(who, f"{where}.{name}", problems) for name, who in value.items()}
        elif isinstance(default, tuple) and isinstance(value, list):
            values[key] = _texts(value, where, problems)
        elif _fits(value, default):
            values[key] = value
        else:
            problems.append(Problem(where, Message("{value} is not what is expected here.", value=repr(value))))
    return values


def _signatory(value: object, where: str, problems: list[Problem]) -> Signatory:
    if not isinstance(value, Mapping):
        problems.append(Problem(where, Message("A table of settings is expected here.")))
        return Signatory()
    return Signatory(**_values(Signatory, value, (where,), problems))


def _texts(value: object, where: str, problems: list[Problem]) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    problems.append(Problem(where, Message("A list of texts is expected here.")))
    return ()


def _fits(value: object, default: object) -> bool:
    if isinstance(default, float | int):
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, str) and isinstance(default, str)


def _check(office: Office, path: Path) -> None:
    letter = office.letter
    problems = []
    if letter.paper not in ("a4", "f4"):
        problems.append(Problem("letter.paper", Message("The paper is a4 or f4.")))
    if letter.language not in languages():
        problems.append(Problem("letter.language", Message("The languages are: {names}.", names=languages())))
    if letter.signature_side not in _SIDES:
        message = Message("One of these is expected: {names}.", names=_SIDES)
        problems.append(Problem("letter.signature_side", message))
    for place, official in enumerate(office.officials):
        if not official.name.strip():
            problems.append(Problem(f"officials.{place}.name", Message("The name is missing.")))
    for name, (low, high) in _BOUNDS.items():
        if not low <= getattr(letter, name) <= high:
            message = Message("A number from {low} to {high} is expected.", low=low, high=high)
            problems.append(Problem(f"letter.{name}", message))
    if not 2 <= office.smallest_group <= 100 or office.smallest_group % 1:
        message = Message("A whole number from {low} to {high} is expected.", low=2, high=100)
        problems.append(Problem("smallest_group", message))
    for name, pattern, example in (
        ("case_number", office.case_number, _EXAMPLE.case_number),
        ("register_pattern", office.register_pattern or _REGISTER_EXAMPLE, _REGISTER_EXAMPLE),
    ):
        if not (_NUMBERED.fullmatch(pattern) and all(part in pattern for part in _COUNTED)):
            hint = Message("A pattern such as {example} is expected.", example=example)
            problems.append(Problem(name, hint))
    if office.holidays not in ("", _EXAMPLE.holidays) and not _has_holidays(office.holidays):
        problems.append(
            Problem("holidays", Message("No holidays are known for this country: a code such as ID is expected."))
        )
    try:
        ZoneInfo(office.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        problems.append(Problem("timezone", Message("A time zone such as Asia/Jakarta is expected.")))
    for number, day in enumerate(office.closed_days):
        try:
            date.fromisoformat(day)
        except ValueError:
            problems.append(Problem(f"closed_days.{number}", Message("A date such as 2025-12-31 is expected.")))
    if problems:
        raise _invalid(path, problems)


def _has_holidays(country: str) -> bool:
    import holidays  # see _calendar_of

    return country in holidays.list_supported_countries(include_aliases=False)


def _invalid(path: Path, problems: list[Problem]) -> Invalid:
    return Invalid(Message("{path} cannot be used.", path=path), problems)
