"""Every document of the shipped examples, as people read it, kept in ``tests/golden``: ``make golden`` renews them.

Case S's texts stand in the folder itself and their English translations in ``en``; the other programmes' texts in a
folder of the programme's name. ``pages`` holds each page of each document as a small grey picture. A change of a
template, a filter or a writer is seen there as a change of what people read. The first page of every shipped document
goes into the documentation's pictures as well; one that no example issues is there as a draft.
"""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from casework_flow.casework import Casework
from casework_flow.cli.demo import file_name, load_walk, walk
from casework_flow.cli.project import fill
from casework_flow.document import Document
from casework_flow.documents import pdf
from casework_flow.errors import NotFound
from casework_flow.resources import shipped
from casework_flow.values import Case, Done, Issued

FOLDER = Path(__file__).parents[1] / "tests" / "golden"
PAGES = FOLDER / "pages"
TEMPLATES = Path(__file__).parents[1] / "docs" / "pictures" / "templates"
FIRST = "case-s"
"""The example whose texts stand in the folder itself, and are kept in English too."""
EXAMPLES = (FIRST, "casework", "child-in-conflict-with-law", "neglected-elderly", "psychosocial-emergency")
DRAFTS = {
    **dict.fromkeys(("addendum", "closure_notice", "family_letter", "referral"), FIRST),
    "confidential_change_record": "child-in-conflict-with-law",
}
"""Documents that no example issues, each with the example whose records a draft of it shows."""
PIXELS_PER_INCH = 50
DIGESTS = PAGES / "digests.json"
"""The digest of each picture as Typst wrote it: pages that agree need not be compared pixel by pixel."""


@dataclass(frozen=True)
class Kept:
    """A document that an example's walk issued; ``name`` is where it is kept, without an ending."""

    name: str
    document: Document
    english: Document | None

    def texts(self) -> Iterator[tuple[str, str]]:
        """Each text, by the name of its file."""
        yield f"{self.name.removeprefix(FIRST + '/')}.txt", self.document.text()
        if self.english:
            yield f"en/{self.name.removeprefix(FIRST + '/')}.txt", self.english.text()

    def pages(self) -> list[bytes]:
        """Each page as a picture."""
        return _pages(self.document)


def _pages(one: Document) -> list[bytes]:
    drawings = {name: drawing.svg for name, drawing in one.drawings.items()}
    return pdf.pages(one.tree(), one.profile, number=one.number, drawings=drawings, ppi=PIXELS_PER_INCH)


def issued() -> Iterator[Kept]:
    """Every document of every example."""
    for example in EXAMPLES:
        yield from _of(example)


def _of(example: str) -> Iterator[Kept]:
    # a case's pseudonyms are drawn from a secret, another in each walk
    with patch("casework_flow.issuing.seed_of", lambda _rows, number: number):
        order: list[str] = []
        number = ""
        with TemporaryDirectory() as folder:
            script = shipped("examples") / example
            cw = fill(Path(folder), load_walk(script)["office"])
            for step in walk(cw, script):
                number = step.result.number if isinstance(step.result, Case) else number
                for found in step.result.documents if isinstance(step.result, Done) else ():
                    english = _read(cw, number, found, "en") if example == FIRST else None
                    yield Kept(f"{example}/{file_name(found, order)}", _read(cw, number, found), english)


def _read(cw: Casework, number: str, found: Issued, lang: str | None = None) -> Document:
    one = cw.document(number, found.name, item=found.item, version=found.version, lang=lang)
    return replace(one, id="")  # another at each issue, and with it the line that tells how to verify the print


def drafts() -> Iterator[tuple[str, bytes]]:
    """The first page of each of ``DRAFTS``, with the most that its example records before the case is closed."""
    for name, example in DRAFTS.items():
        with patch("casework_flow.issuing.seed_of", lambda _rows, number: number), TemporaryDirectory() as folder:
            script = shipped("examples") / example
            cw = fill(Path(folder), load_walk(script)["office"])
            number, best = "", None
            for step in walk(cw, script):
                number = step.result.number if isinstance(step.result, Case) else number
                if number and cw.case(number).status != "closed":
                    with suppress(NotFound):  # the case has passed it
                        best = cw.draft(number, name, at=step.on)
            if best is None:
                raise ValueError(name)
            yield name, _pages(best)[0]


def page_file(name: str, page: int) -> Path:
    """Where the picture of a page is kept; pages are numbered from 1."""
    return PAGES / f"{name}-p{page}.png"


def digest(picture: bytes) -> str:
    """The digest of a picture."""
    return hashlib.sha256(picture).hexdigest()


def grey(png: bytes) -> tuple[int, list[bytes]]:
    """The width of a picture in pixels, and the brightness of each pixel by row.

    Typst writes eight bits for each channel, not interlaced, on white.
    """
    wide, high, depth, kind = struct.unpack(">IIBB", png[16:26])
    size = {0: 1, 2: 3, 6: 4}[kind]
    if depth != 8:
        raise ValueError(depth)
    data, place = bytearray(), 8
    while place < len(png):
        length = struct.unpack(">I", png[place : place + 4])[0]
        if png[place + 4 : place + 8] == b"IDAT":
            data += png[place + 8 : place + 8 + length]
        place += length + 12
    raw, stride = zlib.decompress(data), wide * size
    rows, above = [], bytes(stride)
    for row in range(high):
        start = row * (stride + 1)
        above = _unfiltered(raw[start], bytearray(raw[start + 1 : start + 1 + stride]), above, size)
        rows.append(above if size == 1 else bytes(above[1::size]))
    return wide, rows


def _unfiltered(how: int, line: bytearray, above: bytes, size: int) -> bytes:
    """A row of a PNG without its filter (PNG specification, section 9)."""
    if how == 2:
        return bytes((now + up) & 255 for now, up in zip(line, above, strict=True))
    for place in range(len(line) if how else 0):
        left = line[place - size] if place >= size else 0
        up, corner = above[place], above[place - size] if place >= size else 0
        guess = {1: left, 3: (left + up) // 2}.get(how)
        if guess is None:
            nearest = left + up - corner
            guess = min((left, up, corner), key=lambda value: abs(nearest - value))
        line[place] = (line[place] + guess) & 255
    return bytes(line)


def small(png: bytes) -> bytes:
    """The same picture in sixteen greys."""
    wide, rows = grey(png)
    rows = [bytes(value // 16 * 17 for value in row) for row in rows]

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", wide, len(rows), 8, 0, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def main() -> None:
    """Write every text and every picture anew, and take away those of documents that are no more."""
    written: set[Path] = set()
    firsts: dict[str, bytes] = {}
    digests: dict[str, str] = {}
    for one in issued():
        for file, text in one.texts():
            written.add(FOLDER / file)
            (FOLDER / file).parent.mkdir(parents=True, exist_ok=True)
            (FOLDER / file).write_text(text, encoding="utf-8")
        for page, picture in enumerate(one.pages(), 1):
            path = page_file(one.name, page)
            written.add(path)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(small(picture))
            digests[path.relative_to(PAGES).as_posix()] = digest(picture)
            if page == 1:
                firsts.setdefault(one.document.name, path.read_bytes())
    DIGESTS.write_text(json.dumps(digests, indent=1) + "\n", encoding="utf-8")
    TEMPLATES.mkdir(parents=True, exist_ok=True)
    for name, picture in [*firsts.items(), *((name, small(page)) for name, page in drafts())]:
        written.add(TEMPLATES / f"{name}.png")
        (TEMPLATES / f"{name}.png").write_bytes(picture)
    for old in [*FOLDER.rglob("*.txt"), *PAGES.rglob("*.png"), *TEMPLATES.glob("*.png")]:
        if old not in written:
            old.unlink()


if __name__ == "__main__":
    main()
