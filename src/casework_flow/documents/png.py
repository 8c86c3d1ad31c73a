"""A drawing as PNG, for Word and for a screen: set by Typst, with the fonts of the letters."""

from __future__ import annotations

import threading
from functools import cache

import typst

from .. import glyphs
from ..errors import CaseworkError
from ..messages import Message

_LOCK = threading.Lock()
_PAGE = '#set page(width: auto, height: auto, margin: 0pt)\n#image(bytes("{svg}"), format: "svg", width: {width}pt)'


class PngError(CaseworkError):
    """The picture could not be made; the drawing is most likely at fault. As SVG it is still to be had."""

    code = "png"


def to_png(svg: str, width: float, *, dpi: float = 200) -> bytes:
    """A drawing as PNG, the same bytes for the same drawing in every process.

    Args:
        svg: the drawing.
        width: how wide it shall print, in points (1/72 inch).
        dpi: pixels for each inch.

    Raises:
        PngError: when Typst refuses the drawing.
    """
    literal = svg.replace("\\", "\\\\").replace('"', '\\"')
    source = _PAGE.replace("{width}", f"{width:.3f}").replace("{svg}", literal)
    try:
        with _LOCK:
            made = _compiler().compile(source.encode(), format="png", ppi=dpi)
    except typst.TypstError as wrong:
        raise PngError(Message("The picture cannot be made: {reason}", reason=wrong.message)) from wrong
    if not isinstance(made, bytes):
        raise PngError(Message("The picture cannot be made: {reason}", reason="no output"))
    return made


@cache
def _compiler() -> typst.Compiler:
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[str(glyphs.FONTS)])
    return typst.Compiler(root=str(glyphs.FONTS), font_paths=fonts)
