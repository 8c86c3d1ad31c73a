"""What a template's expressions can stand for, while the template is read and not run."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from jinja2 import nodes
from jinja2.defaults import DEFAULT_NAMESPACE

from ..errors import did_you_mean
from ..messages import Message
from ..records.kinds import Kind, ListOf, Object, Scalar

FORBIDDEN: Final = frozenset({"safe", "attr", "urlize", "striptags", "tojson", "xmlattr"})
"""Filters through which what people typed could become markup, or more than the sandbox lets through."""
CHANGERS: Final = ("append", "clear", "extend", "insert", "pop", "popitem", "remove", "setdefault", "update")
"""Methods of lists and mappings that the immutable sandbox refuses."""
BUILT_IN: Final = (*(DEFAULT_NAMESPACE.keys() - {"lipsum"}), "loop", "caller", "varargs", "kwargs", "self", "super")
"""Names that Jinja2 itself gives."""
TEXT: Final = Scalar("text")
WHOLE: Final = Scalar("integer")
LOOP: Final = Object(
    {
        **dict.fromkeys(("index", "index0", "revindex", "revindex0", "length", "depth", "depth0"), WHOLE),
        **dict.fromkeys(("first", "last"), Scalar("boolean")),
    }
)

LISTS: Final = frozenset({"list", "sort", "reverse", "unique", "select", "reject", "selectattr", "rejectattr"})
ITEMS: Final = frozenset({"first", "last", "random", "min", "max"})
COUNTS: Final = frozenset({"length", "count", "int", "sum", "wordcount"})
TAKES_LIST: Final = LISTS | ITEMS | COUNTS | {"join", "map", "groupby", "batch", "slice", "default", "d"}
"""Jinja2's filters by what they give: the list again, one of its items, a number; and all that take a list."""


@dataclass(frozen=True, slots=True)
class Value:
    """What an expression gives. ``kind`` None: anything; ``root``: the record that it is read from."""

    kind: Kind | None = None
    root: str = ""


@dataclass(frozen=True, slots=True, eq=False)  # by identity: its scope may hold itself
class Macro:
    """A macro, with the names that it can see."""

    node: nodes.Macro
    file: str
    scope: dict[str, Known]


@dataclass(frozen=True, slots=True, eq=False)
class Module:
    """An imported file; ``own`` are the names that it gives."""

    scope: dict[str, Known]
    own: Collection[str]


Known = Value | Macro | Module
Scope = dict[str, Known]
ANYTHING: Final = Value()


def joined(values: Sequence[Known]) -> Known:
    """What one of ``values`` is, as far as it is the same whichever it is."""
    sure = [value for value in values if not isinstance(value, Value) or value.kind is not None or value.root]
    if not sure or any(value != sure[0] for value in sure[1:]):
        return ANYTHING
    return sure[0]


def rootless(value: Known) -> Known:
    """A value with something to fall back on: it need not be recorded."""
    return Value(value.kind) if isinstance(value, Value) else value


def constant(value: object) -> Kind | None:
    """The kind of a constant."""
    if isinstance(value, bool):
        return Scalar("boolean")
    if isinstance(value, int | float):
        return Scalar("number")
    return TEXT if isinstance(value, str) else None


def source(node: nodes.Node) -> str:
    """The expression as it is written, so far as it is a path."""
    match node:
        case nodes.Name():
            return str(node.name)
        case nodes.Getattr():
            return f"{source(node.node)}.{node.attr}"
        case nodes.Getitem(arg=nodes.Const(value=str() as name)):
            return f"{source(node.node)}.{name}"
        case nodes.Getitem():
            return f"{source(node.node)}[…]"
        case nodes.Call():
            arguments = ", ".join(source(argument) for argument in node.args)
            return f"{source(node.node)}({arguments})"
        case nodes.Filter() if node.node is not None:
            return f"{source(node.node)}|{node.name}"
        case nodes.Const():
            return json.dumps(node.value, ensure_ascii=False, default=str)[:40]
    return "…"


def filtered(name: str, value: Known, part: Kind | None, others: Sequence[Known]) -> Known:
    """What the filter ``name`` gives.

    Args:
        name: the filter.
        value: what it is put after.
        part: the attribute of the list's items that it names.
        others: its arguments.
    """
    kind = value.kind if isinstance(value, Value) else None
    root = value.root if isinstance(value, Value) else ""
    if name in LISTS:
        return Value(kind, root)
    if name in ITEMS:
        return Value(kind.item if isinstance(kind, ListOf) else None, root)
    if name == "map":
        return Value(ListOf(part) if part else None, root)
    if name in ("default", "d"):
        return rootless(joined([value, *others]))
    return Value(WHOLE) if name in COUNTS else Value(TEXT, root)


def choice_fault(kind: Kind | None, constant: nodes.Node) -> tuple[Message, Message | None] | None:
    """That a constant is none of the words of a choice, with the nearest one."""
    value = constant.value if isinstance(constant, nodes.Const) else None
    if not isinstance(kind, Scalar) or not kind.choices or not isinstance(value, str) or not value:
        return None
    if value in kind.choices:
        return None
    said = Message("{value} is none of: {choices}.", value=value, choices=list(kind.choices))
    return said, did_you_mean(value, kind.choices)
