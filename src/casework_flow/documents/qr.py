"""A text as a QR code: one path of squares, the same for the same text."""

from __future__ import annotations

_QUIET = 2
"""Modules of white around the code; the paper beside it gives the rest of the four that readers want."""


def svg(text: str) -> str:
    """The QR code of ``text`` as SVG, one unit for each module, with correction level M (15 % may be lost)."""
    import segno  # kept out of start-up: only documents need it

    rows = [bytes(row) for row in segno.make(text, error="m", micro=False, boost_error=False).matrix]
    side = len(rows) + 2 * _QUIET
    squares = "".join(
        f"M{x + _QUIET} {y + _QUIET}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{side}" height="{side}" viewBox="0 0 {side} {side}" '
        f'shape-rendering="crispEdges"><rect width="{side}" height="{side}" fill="#fff"/>'
        f'<path d="{squares}" fill="#000"/></svg>'
    )
