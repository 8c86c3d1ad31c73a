"""Drawings as PNG: the size asked for, the same bytes each time, the office's fonts, and nothing that runs."""

from __future__ import annotations

import struct

import pytest

from casework_flow.documents.png import PngError, to_png
from casework_flow.drawings.ecomap import ecomap
from casework_flow.drawings.svg import Drawing

HOSTILE = 'a"b\\c #panic() $x$ \\u{41} {{ 7 * 7 }} `r` // c'


def drawing(name: str = "Training") -> Drawing:
    return ecomap(
        {"systems": [{"id": "t", "name": name}], "ties": [{"system": "t", "strength": "absent"}]}, name, lang="en"
    )


def size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG")
    wide, high = struct.unpack(">II", png[16:24])
    return wide, high


def test_the_picture_has_the_width_and_the_shape_asked_for() -> None:
    made = drawing()
    wide, high = size(to_png(made.svg, 360, dpi=144))
    assert abs(wide - 720) <= 1
    assert abs(high - 720 * made.height / made.width) <= 2


def test_the_same_drawing_gives_the_same_bytes() -> None:
    assert to_png(drawing().svg, 200) == to_png(drawing().svg, 200)


def test_words_are_printed_whatever_they_say() -> None:
    assert to_png(drawing(HOSTILE).svg, 200) != to_png(drawing("").svg, 200)


def test_what_is_no_drawing_is_refused_in_words() -> None:
    with pytest.raises(PngError, match="The picture cannot be made"):
        to_png("<svg", 200)


@pytest.mark.parametrize(
    "path",
    ["/etc/hostname", "../messages.py", "../../../pyproject.toml", "file:///etc/hostname", "https://example.org/a"],
)
def test_a_drawing_cannot_read_a_file_or_reach_the_network(path: str) -> None:
    image = f'<image href="{path}" width="9" height="9"/>'
    with pytest.raises(PngError, match=r"not allowed|escape"):
        to_png(f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">{image}</svg>', 9)
