"""The vocabulary of the markup that a template renders: which elements there are, and what may stand in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Attribute:
    """What an attribute may say: one of ``choices``, or text that ``pattern`` matches; empty allows all."""

    choices: tuple[str, ...] = ()
    pattern: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class Element:
    """What an element may hold. ``about`` is its documentation, for those who write templates."""

    about: str
    attrs: Mapping[str, Attribute] = field(default_factory=dict)
    children: frozenset[str] = frozenset()
    text: bool = False
    required: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        required = tuple(name for name, rule in self.attrs.items() if rule.required)
        object.__setattr__(self, "required", required)


INLINE = frozenset({"b", "i", "u", "br", "lines"})
_LISTS = frozenset({"p", "ul", "ol", "dl", "checklist", "blank"})
_FLOW = _LISTS | {"table", "note", "figure", "keep", "page-break", "signatures"}
_ANY = Attribute()
_NEEDED = Attribute(required=True)
_YES = Attribute(choices=("yes", "no"))
_ALIGN = Attribute(choices=("left", "center", "right"))
_PERCENT = Attribute(pattern=r"[1-9][0-9]|100")
_COUNTING = ("1", "a", "A", "i", "I")

ELEMENTS: Mapping[str, Element] = {
    "document": Element(
        "The root. `title` names the file's subject; `draft` prints the office's word for a draft on each page.",
        {
            "title": _NEEDED,
            "lang": Attribute(pattern=r"[a-z]{2,3}"),
            "kind": Attribute(choices=("form", "record", "letter", "report")),
            "draft": _YES,
        },
        _FLOW | {"letterhead", "title", "subtitle", "number", "reference", "recipient", "section"},
    ),
    "letterhead": Element("The kop: government, agency, address and a double rule, from the office's profile."),
    "title": Element("The centred heading, in capitals.", children=INLINE, text=True),
    "subtitle": Element("A centred line under the title.", children=INLINE, text=True),
    "number": Element("The registered letter number, or room to write one: a row in `reference`, else centred."),
    "reference": Element(
        "The head of an official letter: rows at the left; `place-date` at the right, level with the first.",
        {"place-date": _ANY},
        frozenset({"number", "ref"}),
    ),
    "ref": Element("A row of the reference.", {"label": _NEEDED}, INLINE, text=True),
    "recipient": Element("To whom a letter goes, line by line.", children=INLINE, text=True),
    "section": Element(
        "A part with a heading; `numbered` counts the sections of the same kind: 1, a, A, i or I.",
        {"title": _NEEDED, "numbered": Attribute(choices=_COUNTING)},
        _FLOW | {"subsection"},
    ),
    "subsection": Element("A part of a section, with a smaller heading.", {"title": _NEEDED}, _FLOW),
    "p": Element(
        "A paragraph; `indent` sets its first line in.",
        {"align": Attribute(choices=("left", "center", "right", "justify")), "indent": _YES},
        INLINE,
        text=True,
    ),
    "ul": Element("A list with bullets.", children=frozenset({"li"})),
    "ol": Element(
        "A numbered list; `count` says how (1, a, A, i, I), `start` from where.",
        {"count": Attribute(choices=_COUNTING), "start": Attribute(pattern=r"[1-9][0-9]{0,3}")},
        frozenset({"li"}),
    ),
    "li": Element("An item of a list.", children=INLINE | _LISTS, text=True),
    "dl": Element(
        "Label : value rows, a `dd` after each `dt`; `label-width` is the labels' part of the line in percent.",
        {"label-width": Attribute(pattern=r"[1-7][0-9]")},
        frozenset({"dt", "dd"}),
    ),
    "dt": Element("A label.", children=INLINE, text=True),
    "dd": Element("Its value; an empty one prints a dash.", children=INLINE | _LISTS, text=True),
    "table": Element(
        "A ruled table. The first rows, as long as all their cells are `th`, are repeated on each page; "
        "`widths` are the columns' proportions, such as 2,1,1.",
        {"caption": _ANY, "widths": Attribute(pattern=r"[0-9]+(\.[0-9]+)?(\s*,\s*[0-9]+(\.[0-9]+)?)*")},
        frozenset({"tr"}),
    ),
    "tr": Element("A row.", children=frozenset({"th", "td"})),
    "th": Element(
        "A heading cell.",
        {"align": _ALIGN, "colspan": Attribute(pattern=r"[1-9][0-9]?")},
        INLINE | _LISTS,
        text=True,
    ),
    "td": Element(
        'A cell; money and numbers want `align="right"`.',
        {"align": _ALIGN, "colspan": Attribute(pattern=r"[1-9][0-9]?")},
        INLINE | _LISTS,
        text=True,
    ),
    "b": Element("Bold.", children=INLINE, text=True),
    "i": Element("Italic.", children=INLINE, text=True),
    "u": Element("Underlined.", children=INLINE, text=True),
    "br": Element("A line break."),
    "lines": Element("Free text that keeps the line breaks that its writer typed.", text=True),
    "page-break": Element("What follows starts a new page."),
    "keep": Element("What is inside stays on one page.", children=_FLOW - {"page-break"}),
    "signatures": Element(
        "Places to sign, side by side; `columns` breaks them into rows, a short last row is centred. "
        "`place-date` stands over the last column, or over the first.",
        {
            "place-date": _ANY,
            "place-date-over": Attribute(choices=("first", "last")),
            "columns": Attribute(choices=("1", "2", "3")),
        },
        frozenset({"party"}),
    ),
    "party": Element(
        "Who signs, from the top: `lead` (Mengetahui,), `role`, `title`, the space or a box for a thumbprint, "
        "`name`, `id-label` and `id`, `note`. What is missing is left out; a missing name is a line to write on.",
        {
            **dict.fromkeys(("lead", "role", "title", "name", "id-label", "id", "note", "mark-label"), _ANY),
            "mark": Attribute(choices=("signature", "thumbprint")),
        },
    ),
    "figure": Element(
        "A drawing by its name; left out when the writer is given no such drawing. `width` in percent.",
        {"drawing": _NEEDED, "alt": _NEEDED, "width": _PERCENT},
        frozenset({"caption"}),
    ),
    "caption": Element("The line under a figure.", children=INLINE, text=True),
    "note": Element("A remark in a box.", {"title": _ANY}, INLINE | _LISTS, text=True),
    "checklist": Element("Boxes, ticked or not.", children=frozenset({"check"})),
    "check": Element("One box and its text.", {"on": Attribute(("yes", "no"), required=True)}, INLINE, text=True),
    "blank": Element("Dotted lines to write on.", {"lines": Attribute(pattern=r"[1-9]|[1-3][0-9]")}),
}
"""The vocabulary: which element may have which attributes, and what may stand in it."""
