"""Guard expressions: small questions about a case's records, safe to load from a stranger's file.

An expression may compare, combine with ``and``, ``or`` and ``not``, read what the records publish and call
their published methods. There are no loops, no arithmetic, no names but the records': its cost is bounded by
its length, and it reaches nothing else.

Nothing recorded is not an answer. A comparison with a value that is missing is neither true nor false, and
stays so under ``not``; a rule is met only when it is known to be true. So a guard can never be passed by
leaving a field empty. A bare name asks whether something is recorded (``not client.nik_absent_reason``).
"""

from __future__ import annotations

import ast
import operator
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from threading import Lock
from typing import Any, Final

from .messages import Message

MAX_LENGTH: Final = 1000
"""Longest expression, in characters."""
MAX_PARTS: Final = 120
"""Most parts (names, calls, comparisons …) in one expression."""

Facts = Mapping[str, Any]
_Evaluate = Callable[[Facts], Any]


class _Unknown:
    """The truth of a comparison with something that is not recorded."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "unknown"


UNKNOWN: Final = _Unknown()


class RuleError(Exception):
    """An expression that cannot be a rule. ``message`` says why, ``column`` (from 0) says where."""

    def __init__(self, message: Message, column: int = 0) -> None:
        super().__init__(str(message))
        self.message = message
        self.column = column


_COMPARE: Final[dict[type[ast.cmpop], Callable[[Any, Any], object]]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_IDENTITY = (ast.Is, ast.IsNot)
_MEMBERSHIP = (ast.In, ast.NotIn)


@dataclass(frozen=True, slots=True)
class Rule:
    """A compiled expression. Calling it with the facts tells whether it is known to be true."""

    source: str
    tree: ast.expr
    _evaluate: _Evaluate

    def __call__(self, facts: Facts) -> bool:
        """True when the expression is known to hold of ``facts``; False when it does not or is not known."""
        return _truth(self._evaluate(facts)) is True

    def value(self, facts: Facts) -> Any:
        """What the expression gives: a date, a list …; None when it is not recorded or not known."""
        found = self._evaluate(facts)
        return None if isinstance(found, _Unknown) else found

    def values(self, facts: Facts) -> dict[str, Any]:
        """What the expression read: each dotted name that gives a plain value, with that value."""
        read: dict[str, Any] = {}
        for node in _values_in(self.tree):
            value = _compile(node)(facts)
            if value is None or isinstance(value, str | int | float | bool):
                read[ast.unparse(node)] = value
        return read


_PARSING: Final = Lock()
"""Python's filter of warnings, and in 3.11 its parser, are for one thread at a time."""


def compile_rule(source: str) -> Rule:
    """Compile ``source``.

    Raises:
        RuleError: it is no expression of the language above.
    """
    if len(source) > MAX_LENGTH:
        raise RuleError(Message("A guard has at most {most} characters.", most=MAX_LENGTH))
    source = " ".join(source.split())  # a file may break a long guard over lines
    try:
        with _PARSING, warnings.catch_warnings():
            warnings.simplefilter("error", SyntaxWarning)  # what Python only warns of is refused
            warnings.simplefilter("error", DeprecationWarning)
            tree = ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as fault:
        column = (getattr(fault, "offset", None) or 1) - 1
        raise RuleError(_no_expression(source), max(column, 0)) from None
    if sum(1 for _ in ast.walk(tree)) > MAX_PARTS * 2:  # each part has a context or operator node beside it
        raise RuleError(Message("A guard has at most {most} parts.", most=MAX_PARTS))
    if "#" in source and (column := _comment(source)) is not None:
        # the lines were joined: a comment would swallow the rest of the guard
        raise RuleError(Message("A guard has no comments; write them in the file, on a line of their own."), column)
    return Rule(source, tree, _compile(tree))


_SLIPS: Final = (
    (re.compile(r"(?<![=!<>])=(?!=)"), "=", "=="),
    (re.compile(r"&&"), "&&", "and"),
    (re.compile(r"\|\|"), "||", "or"),
    (re.compile(r"!(?!=)"), "!", "not"),
    (re.compile(r"<>"), "<>", "!="),
    (re.compile(r"[“”‘’]"), "“ ”", '" "'),
)
"""What people write who know other languages, or whose editor is too clever, and what it is here."""
_QUOTED: Final = re.compile(r"'[^']*'|\"[^\"]*\"")


def _no_expression(source: str) -> Message:
    bare = _QUOTED.sub("", source)
    for slip, written, meant in _SLIPS:
        if slip.search(bare):
            return Message(
                "This is not an expression: {meant} is written here, not {written}.", meant=meant, written=written
            )
    return Message(
        "This is not an expression: parts are joined by and, or, not, and compared by ==, !=, <, <=, >, >=, in."
    )


def _comment(source: str) -> int | None:
    """The column where a comment begins."""
    import tokenize  # only for the few that have the sign, mostly inside a text

    tokens = tokenize.generate_tokens(iter([source]).__next__)
    return next((token.start[1] for token in tokens if token.type == tokenize.COMMENT), None)


def read(value: Any, name: str) -> Any:
    """What ``value`` publishes under ``name``: a view's figure, a field, a list's count; None when absent."""
    if value is None:
        return None
    if isinstance(value, (dict, Mapping)):  # a dict is told from its type alone
        return value.get(name)
    if isinstance(value, (list, tuple)):
        return len(value) if name == "count" else None
    get = getattr(value, "get", None)
    return get(name) if callable(get) else None


def _truth(value: Any) -> bool | _Unknown:
    return value if isinstance(value, _Unknown) else bool(value)


def _compile(node: ast.expr) -> _Evaluate:
    match node:
        case ast.BoolOp():
            return _both_or_either(node)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            part = _compile(operand)
            return lambda facts: v if isinstance(v := _truth(part(facts)), _Unknown) else not v
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)) if not isinstance(
            number, bool
        ):
            return lambda _: -number
        case ast.Compare():
            return _comparison(node)
        case ast.Constant(value=None | bool() | int() | float() | str() as constant):
            return lambda _: constant
        case ast.Name(id=name):
            _refuse_underscore(name, node)
            return lambda facts: facts.get(name, UNKNOWN)  # what nobody supplies any more is not "no"
        case ast.Attribute(value=owner, attr=name):
            _refuse_underscore(name, node)
            whole = _compile(owner)
            return lambda facts: v if isinstance(v := whole(facts), _Unknown) else read(v, name)
        case ast.Call(func=ast.Attribute() as target, args=arguments, keywords=[]):
            function = _compile(target)
            given = [_compile(argument) for argument in arguments]
            return lambda facts: _call(function(facts), [argument(facts) for argument in given])
    raise RuleError(
        Message(
            "{part} is not allowed in a guard: only names of records, comparisons, and, or, not.",
            part=ast.unparse(node)[:60],
        ),
        getattr(node, "col_offset", 0),
    )


def _call(function: Any, arguments: list[Any]) -> Any:
    if not callable(function) or not all(isinstance(argument, str | int | float) for argument in arguments):
        return UNKNOWN
    try:
        return function(*arguments)
    except (TypeError, ValueError, OverflowError):  # not the values that it takes: the checker names most at load
        return UNKNOWN


def _refuse_underscore(name: str, node: ast.expr) -> None:
    if name.startswith("_"):
        raise RuleError(Message("{name} is private: names begin with a letter.", name=name), node.col_offset)


def _both_or_either(node: ast.BoolOp) -> _Evaluate:
    parts = [_compile(value) for value in node.values]
    decides = isinstance(node.op, ast.Or)  # the value that settles the matter at once

    def evaluate(facts: Facts) -> bool | _Unknown:
        unknown = False
        for part in parts:
            value = _truth(part(facts))
            if value is decides:
                return decides
            unknown = unknown or isinstance(value, _Unknown)
        return UNKNOWN if unknown else not decides

    return evaluate


def _comparison(node: ast.Compare) -> _Evaluate:
    operands = [node.left, *node.comparators]
    for op, right in zip(node.ops, node.comparators, strict=True):
        if isinstance(op, _IDENTITY) and not _is_none(right):
            raise RuleError(Message("`is` goes with None only; use == here."), node.col_offset)
    parts = [_compile(node.left)]
    for op, operand in zip(node.ops, node.comparators, strict=True):
        if isinstance(op, _MEMBERSHIP) and isinstance(operand, ast.List | ast.Tuple):
            parts.append(_list(operand))
        else:
            parts.append(_compile(operand))
    about_none = [_is_none(left) or _is_none(right) for left, right in pairwise(operands)]

    def evaluate(facts: Facts) -> bool | _Unknown:
        values = [part(facts) for part in parts]
        unknown = False
        for op, left, right, none in zip(node.ops, values, values[1:], about_none, strict=False):
            found = _compare(op, left, right, none)
            if found is False:
                return False
            unknown = unknown or isinstance(found, _Unknown)
        return UNKNOWN if unknown else True

    return evaluate


def _compare(op: ast.cmpop, left: Any, right: Any, about_none: bool) -> bool | _Unknown:
    if isinstance(left, _Unknown) or isinstance(right, _Unknown):
        return UNKNOWN
    if about_none:
        if isinstance(op, ast.Is | ast.Eq):
            return left is None and right is None
        if isinstance(op, ast.IsNot | ast.NotEq):
            return (left is None) != (right is None)
    if left is None or right is None:
        return UNKNOWN
    if isinstance(op, _MEMBERSHIP):
        found = _contains(right, _plain(left))
        return found if isinstance(found, _Unknown) else found is isinstance(op, ast.In)
    try:
        return bool(_COMPARE[type(op)](_plain(left), _plain(right)))
    except TypeError:  # two kinds that have no order: the checker names it when the file is loaded
        return UNKNOWN


def _contains(group: Any, item: Any) -> bool | _Unknown:
    """Whether ``item`` is in a list or text. What is missing from the list may be the very item that is asked for."""
    if isinstance(group, str):
        return item in group if isinstance(item, str) else UNKNOWN
    if not isinstance(group, list | tuple):  # never ``in`` on a record: it would go through it for ever
        return UNKNOWN
    if any(_plain(one) == item for one in group):
        return True
    return UNKNOWN if any(one is None or isinstance(one, _Unknown) for one in group) else False


def _list(node: ast.List | ast.Tuple) -> _Evaluate:
    parts = [_compile(item) for item in node.elts]
    return lambda facts: [part(facts) for part in parts]


def _plain(value: Any) -> Any:
    """Dates are text in the records, and ISO text sorts as the dates do."""
    return value.isoformat() if hasattr(value, "isoformat") else value


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _values_in(node: ast.AST) -> Iterator[ast.expr]:
    """The outermost names, attributes and calls of an expression."""
    if isinstance(node, ast.Name | ast.Attribute | ast.Call):
        yield node
        return
    for child in ast.iter_child_nodes(node):
        yield from _values_in(child)
