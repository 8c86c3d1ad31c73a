"""The office's profile, completed: what the writers take from it, with sound defaults.

The profile is plain data, so that it can be stored with an issued document and print the same letter years
later. Only ``agency`` and ``words`` must be there.
"""

from __future__ import annotations

import base64
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from ..errors import Invalid, Problem, did_you_mean
from ..messages import Message, Sayable

WORDS = frozenset({"page", "number", "thumbprint", "draft"})
"""The words that the writers print themselves, so that no language is written into them: ``page`` (with
``{page}`` and ``{pages}``), ``number`` (the label of the letter number), ``thumbprint`` (the label of the box
for one), ``draft`` (printed over a draft)."""

PAPERS: Mapping[str, tuple[float, float]] = MappingProxyType({"a4": (210, 297), "f4": (215, 330)})
"""Width and height in millimetres. F4 is what Indonesian offices call folio."""

_MARGINS: Mapping[str, float] = MappingProxyType({"top": 25, "right": 20, "bottom": 20, "left": 30})
SIDES = ("right", "centre", "left")
"""Where a single signature may stand."""
_MOST_LOGO_BYTES = 2_000_000

PLACEHOLDER = "." * 24
"""Stands for a letter number that has not been registered: never an invented number (Permendagri 1/2023)."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile with every default filled in; lengths in millimetres, the font's size in points."""

    agency: str
    government: str
    address: str
    contact: str
    lang: str
    logo: str
    width: float
    height: float
    margins: Mapping[str, float]
    font: str
    font_size: float
    words: Mapping[str, str]
    signature_space: float
    signature_side: str

    @property
    def text_width(self) -> float:
        """The width between the margins, in millimetres."""
        return self.width - self.margins["left"] - self.margins["right"]

    @property
    def text_height(self) -> float:
        """The height between the margins, in millimetres."""
        return self.height - self.margins["top"] - self.margins["bottom"]


def complete(profile: Mapping[str, object]) -> Profile:
    """``profile`` with its defaults.

    Raises :class:`Invalid`, naming each fault: no agency, a word missing, a paper that is not known, a margin
    (5–60 mm), a font size (8–16 pt) or a space for signatures (10–50 mm) outside its bounds, a side for them that is
    none, a logo that cannot be read. Keys that the writers do
    not use are left alone.
    """
    problems: list[Problem] = []

    def text(key: str, default: str = "") -> str:
        value = profile.get(key)
        return default if value is None else str(value).strip() or default

    def number(where: str, value: object, low: float, high: float) -> float:
        if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
            return value
        problems.append(
            Problem(where, Message("A number from {low} to {high} is expected.", low=f"{low:g}", high=f"{high:g}"))
        )
        return low

    if not text("agency"):
        problems.append(Problem("agency", Message("The name of the office is missing.")))
    given = profile.get("words")
    words = {str(k): str(v) for k, v in given.items()} if isinstance(given, Mapping) else {}
    missing = sorted(WORDS - words.keys())
    if missing:
        problems.append(Problem("words", Message("These words are missing: {names}.", names=missing)))
    paper = text("paper", "a4").lower()
    if paper not in PAPERS:
        problems.append(Problem("paper", _unknown_paper(paper)))
    width, height = PAPERS.get(paper, PAPERS["a4"])
    wanted = profile.get("margins")
    margins = {**_MARGINS, **(wanted if isinstance(wanted, Mapping) else {})}
    lang = text("lang", "id")
    if not re.fullmatch(r"[a-z]{2,3}", lang):
        problems.append(Problem("lang", Message("The two or three small letters of a language are expected.")))
    side = text("signature_side", SIDES[0])
    if side not in SIDES:
        problems.append(Problem("signature_side", Message("One of these is expected: {names}.", names=SIDES)))
    logo = text("logo")
    if logo and not logo.startswith("data:"):
        try:
            logo = data_uri(Path(logo))
        except Invalid as wrong:
            problems.extend(wrong.problems)
    result = Profile(
        agency=text("agency"),
        government=text("government"),
        address=text("address"),
        contact=text("contact"),
        lang=lang,
        logo=logo,
        width=width,
        height=height,
        margins={side: number(f"margins.{side}", margins[side], 5, 60) for side in _MARGINS},
        font=text("font", "Liberation Sans"),
        font_size=number("font_size", profile.get("font_size", 11), 8, 16),
        words=words,
        signature_space=number("signature_space", profile.get("signature_space", 19), 10, 50),
        signature_side=side,
    )
    if problems:
        raise Invalid(Message("The office's profile cannot be used."), problems)
    return result


def _unknown_paper(paper: str) -> Sayable:
    hint = did_you_mean(paper, list(PAPERS))
    fault = Message("There is no paper {paper}; known are: {papers}.", paper=paper, papers=list(PAPERS))
    return fault if hint is None else Message("{problem} {hint}", problem=fault, hint=hint)


def data_uri(path: Path) -> str:
    """The picture at ``path`` (PNG, JPEG or SVG, at most 2 MB) as a ``data:`` address.

    A profile that carries its logo this way prints the same letter when the file is gone. Raises
    :class:`Invalid` when the file cannot be read or is no such picture.
    """
    try:
        data = path.read_bytes()
    except OSError as wrong:
        raise _bad_logo(Message("The logo {path} cannot be read.", path=str(path))) from wrong
    kind = _kind(data)
    if kind is None or len(data) > _MOST_LOGO_BYTES:
        raise _bad_logo(Message("The logo {path} must be PNG, JPEG or SVG, at most 2 MB.", path=str(path)))
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"


def _bad_logo(message: Message) -> Invalid:
    return Invalid(Message("The office's profile cannot be used."), [Problem("logo", message)])


def _kind(data: bytes) -> str | None:
    if data.startswith(b"\x89PNG\r\n\x1a\n") and len(data) > 24:
        return "image/png"
    if data.startswith(b"\xff\xd8\xff") and _jpeg_size(data):
        return "image/jpeg"
    return "image/svg+xml" if b"<svg" in data[:2000] else None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    place = 2
    while place + 9 < len(data) and data[place] == 0xFF:
        marker, length = data[place + 1], int.from_bytes(data[place + 2 : place + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            high, wide = struct.unpack(">HH", data[place + 5 : place + 9])
            return wide, high
        place += 2 + length
    return None


def svg_of(uri: str) -> str:
    """The picture of a ``data:`` address as SVG text: an SVG as it is, a pixel picture wrapped in one.

    Raises :class:`Invalid` when the address is not one that :func:`data_uri` makes.
    """
    found = re.fullmatch(r"data:(image/[a-z+]+);base64,([A-Za-z0-9+/=]+)", uri)
    try:
        data = base64.b64decode(found[2], validate=True) if found else b""
    except ValueError:
        data = b""
    kind = _kind(data)
    if kind is None:
        raise _bad_logo(Message("The logo must be PNG, JPEG or SVG."))
    if kind == "image/svg+xml":
        return data.decode("utf-8-sig", "replace")
    size = struct.unpack(">II", data[16:24]) if kind == "image/png" else _jpeg_size(data)
    wide, high = size or (1, 1)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="{wide}"'
        f' height="{high}" viewBox="0 0 {wide} {high}"><image xlink:href="{uri}" width="{wide}" height="{high}"/>'
        "</svg>"
    )
