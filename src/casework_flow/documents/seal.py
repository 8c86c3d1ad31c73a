"""By which a printed document can be checked: its number, version and digest, as a QR code and as text."""

from __future__ import annotations

from typing import Final

from . import qr
from .markup import Node

PREFIX: Final = "CASEWORK"
SHOWN_DIGITS: Final = 32
"""Hexadecimal digits of the digest that are shown: 128 bits."""
DRAWING: Final = "seal"
_WIDTH: Final = "13"  # percent of the lines: about two centimetres


def reference(known_by: str, version: int, sha256: str) -> str:
    """What a document says of itself; ``known_by`` is its letter number, or its id as long as it has none."""
    return f"{PREFIX}:{known_by}:{version}:{sha256[:SHOWN_DIGITS]}"


def printed(root: Node, said: str, label: str) -> Node:
    """The document with what it says of itself as its last line."""
    return Node(root.tag, root.attrs, (*root.children, Node("p", {"align": "left"}, (f"{label}: {said}",))))


def drawn(root: Node, said: str, label: str) -> tuple[Node, dict[str, str]]:
    """The document with the QR code at its end, and that code by the name of its drawing."""
    caption = Node("caption", {}, (said,))
    figure = Node("figure", {"drawing": DRAWING, "alt": f"{label}: {said}", "width": _WIDTH}, (caption,))
    return Node(root.tag, root.attrs, (*root.children, figure)), {DRAWING: qr.svg(said)}
