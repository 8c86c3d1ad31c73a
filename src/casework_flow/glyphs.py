"""What the shipped fonts can print, and how wide it is: read from the font files themselves.

A PDF/A stops at a character that no font has, and a word wider than its column runs over the edge. Both are
seen before the letter is set, from two tables of each font (OpenType 1.9, ``cmap`` and ``hmtx``).
"""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FONTS = Path(__file__).parent / "fonts"
FAMILY = "Liberation Sans"
_FACES = ("Regular", "Bold", "Italic", "BoldItalic")

SIGNS = frozenset("☐☑☒✓✗")
"""Signs that Liberation Sans lacks and that Typst's built-in DejaVu Sans Mono prints in its place."""

_SHAPELESS = frozenset(
    "\u034f\u115f\u1160\u3164"  # joiners and fillers
    + "".join(map(chr, [*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)]))  # variation selectors
)

_SPACES = frozenset(" \u00a0")

_WIDEST = 1.34
"""No character of the shipped faces is wider, as a multiple of the font's size."""

MARK = "□"
"""Printed for a character that no font has."""

BREAK = "\u200b"
"""A place where a line may end without a hyphen (zero width space)."""


@dataclass(frozen=True, slots=True)
class Face:
    """One font file: the width of each character that it has, as a part of the font's size."""

    widths: Mapping[int, float]


@cache
def face(style: str) -> Face:
    """The shipped face ``style``: Regular, Bold, Italic or BoldItalic."""
    data = (FONTS / f"LiberationSans-{style}.ttf").read_bytes()
    tables = {
        data[at : at + 4]: struct.unpack(">II", data[at + 8 : at + 16])
        for at in range(12, 12 + 16 * struct.unpack(">H", data[4:6])[0], 16)
    }
    per_em = struct.unpack(">H", data[tables[b"head"][0] + 18 :][:2])[0]
    long_metrics = struct.unpack(">H", data[tables[b"hhea"][0] + 34 :][:2])[0]
    start = tables[b"hmtx"][0]
    advances = struct.unpack(f">{'Hh' * long_metrics}", data[start : start + 4 * long_metrics])[::2]
    last = long_metrics - 1
    glyphs = _characters(data, tables[b"cmap"][0])
    return Face({char: advances[min(glyph, last)] / per_em for char, glyph in glyphs.items() if glyph})


def _characters(data: bytes, cmap: int) -> dict[int, int]:
    """The glyph of each character, from the table's segments for the basic plane (format 4)."""
    for record in range(cmap + 4, cmap + 4 + 8 * struct.unpack(">H", data[cmap + 2 : cmap + 4])[0], 8):
        at = cmap + struct.unpack(">I", data[record + 4 : record + 8])[0]
        if struct.unpack(">H", data[at : at + 2])[0] == 4:
            break
    else:
        raise ValueError("the font has no character table of format 4")
    count = struct.unpack(">H", data[at + 6 : at + 8])[0] // 2

    def column(offset: int, kind: str) -> tuple[int, ...]:
        return struct.unpack(f">{count}{kind}", data[offset : offset + 2 * count])

    ends = column(at + 14, "H")
    starts = column(at + 16 + 2 * count, "H")
    deltas = column(at + 16 + 4 * count, "h")
    ranges = at + 16 + 6 * count
    found: dict[int, int] = {}
    for segment, (first, end, delta, offset) in enumerate(
        zip(starts, ends, deltas, column(ranges, "H"), strict=True)
    ):
        for char in range(first, min(end, 0xFFFE) + 1):
            glyph = char
            if offset:
                place = ranges + 2 * segment + offset + 2 * (char - first)
                glyph = struct.unpack(">H", data[place : place + 2])[0]
                if not glyph:
                    continue
            found[char] = (glyph + delta) & 0xFFFF
    return found


@cache
def covered() -> frozenset[int]:
    """The characters that every shipped face has."""
    sets = [face(style).widths.keys() for style in _FACES]
    return frozenset(sets[0]).intersection(*sets[1:])


def printable(text: str) -> tuple[str, list[str]]:
    """``text`` as it can be printed, and the characters that cannot.

    Those become :data:`MARK`. What has no shape of its own (joiners, variation selectors, soft hyphens) is
    left out, an accent written apart is joined to its letter.
    """
    if text.isascii() and text.isprintable():
        return text, []
    known, lost, out = covered(), [], []
    for char in unicodedata.normalize("NFC", text):
        if char.isspace():
            out.append(char if char in _SPACES else " ")
        elif char in _SHAPELESS or unicodedata.category(char) in ("Cf", "Cc"):
            continue
        elif ord(char) in known or char in SIGNS:
            out.append(char)
        else:
            out.append(MARK)
            lost.append(char)
    return "".join(out), lost


def width(text: str, *, bold: bool = False) -> float:
    """The width of ``text`` as a multiple of the font's size, kerning apart."""
    widths = face("Bold" if bold else "Regular").widths
    return sum(widths.get(ord(char), 0.7) for char in text)


def widest_word(text: str, above: float, *, bold: bool = False) -> float:
    """The width of the widest word of ``text`` if it is wider than ``above``, else 0 (multiples of the font size)."""
    wide = [width(word, bold=bold) for word in text.split() if len(word) * _WIDEST > above]
    return max((one for one in wide if one > above), default=0.0)


def breakable(text: str, room: float, *, bold: bool = False) -> str:
    """``text`` where each word wider than ``room`` (a multiple of the font's size) may end a line anywhere."""
    if len(text) * _WIDEST <= room:
        return text
    words = text.split(" ")
    for place, word in enumerate(words):
        if len(word) * _WIDEST > room and width(word, bold=bold) > room:
            words[place] = BREAK.join(word)
    return " ".join(words)
