"""Whether a guard makes sense: each name exists, and only things of one kind are compared."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from datetime import date

from .errors import did_you_mean
from .messages import Message
from .records.kinds import Function, Kind, ListOf, Object, Scalar
from .rules import Rule

_ORDERED = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_NUMBERS = ("integer", "number")


def check_rule(rule: Rule, names: Mapping[str, Kind]) -> list[Message]:
    """What is wrong with ``rule`` when it may use ``names``; empty when it makes sense."""
    return list(dict.fromkeys(_faults(rule.tree, names)))


def _faults(node: ast.expr, names: Mapping[str, Kind]) -> Iterator[Message]:
    match node:
        case ast.Name() | ast.Attribute() | ast.Call():
            kind = kind_of(node, names)
            if isinstance(kind, Message):
                yield kind
            elif isinstance(kind, Function):
                yield Message("{name} is a function: write {name}(…).", name=ast.unparse(node))
        case ast.Compare():
            for operand in (node.left, *node.comparators):
                yield from _faults(operand, names)
            operands = [node.left, *node.comparators]
            for op, left, right in zip(node.ops, operands, operands[1:], strict=False):
                yield from _mismatch(op, left, right, names)
        case _:
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr):
                    yield from _faults(child, names)


def kind_of(node: ast.expr, names: Mapping[str, Kind]) -> Kind | Message | None:
    """What ``node`` stands for; a message when it stands for nothing; None for what has no kind (a list)."""
    match node:
        case ast.Name(id=name):
            return names[name] if name in names else _unknown(name, list(names), Message("record"))
        case ast.Attribute(value=owner, attr=name):
            kind = kind_of(owner, names)
            if isinstance(kind, ListOf):
                return Scalar("integer") if name == "count" else _unknown(name, ["count"], _of(owner))
            if isinstance(kind, Object):
                return kind.fields[name] if name in kind.fields else _unknown(name, list(kind.fields), _of(owner))
            return kind if isinstance(kind, Message) else _unknown(name, [], _of(owner))
        case ast.Call(func=function, args=arguments):
            kind = kind_of(function, names)
            if not isinstance(kind, Function):
                fault = Message("{name} is no function.", name=ast.unparse(function))
                return kind if isinstance(kind, Message) else fault
            return _call_fault(ast.unparse(function), kind, arguments, names) or kind.returns
        case ast.Constant(value=bool()):
            return Scalar("boolean")
        case ast.Constant(value=int()):
            return Scalar("integer")
        case ast.Constant(value=float()) | ast.UnaryOp(op=ast.USub()):
            return Scalar("number")
        case ast.Constant(value=str()):
            return Scalar("text")
        case ast.BoolOp() | ast.UnaryOp() | ast.Compare():
            return Scalar("boolean")
    return None


def _of(owner: ast.expr) -> Message:
    return Message("part of {name}", name=ast.unparse(owner))


def _unknown(name: str, known: list[str], what: Message) -> Message:
    hint = did_you_mean(name, known)
    if hint is None:
        return Message("there is no {what} called {name}.", what=what, name=name)
    return Message("there is no {what} called {name}. {hint}", what=what, name=name, hint=hint)


def _call_fault(
    name: str, function: Function, arguments: list[ast.expr], names: Mapping[str, Kind]
) -> Message | None:
    if function.least > 1 and len(arguments) < function.least:
        return Message("{name} takes at least {least} values.", name=name, least=function.least)
    if not 1 <= len(arguments) <= len(function.parameters):
        return Message("{name} takes at least one value, at most {count}.", name=name, count=len(function.parameters))
    for parameter, argument in zip(function.parameters, arguments, strict=False):
        given = kind_of(argument, names)
        if isinstance(given, Message):
            return given
        for fault in _pair_faults(parameter, given, argument, ast.Eq()):
            return fault
        if not isinstance(given, Scalar):
            return Message("{name} takes a value, not {given}.", name=name, given=ast.unparse(argument))
    return None


def _constant_fault(kind: Scalar, constant: ast.Constant) -> Message | None:
    value = constant.value
    if kind.type == "date" and isinstance(value, str) and not _is_day(value):
        return Message("{value} is not a date such as 2025-03-17.", value=f'"{value}"')
    if kind.choices and isinstance(value, str) and value not in kind.choices:
        hint = did_you_mean(value, kind.choices)
        if hint is None:
            return Message("{value} is none of: {choices}.", value=value, choices=list(kind.choices))
        return Message("{value} is none of: {choices}. {hint}", value=value, choices=list(kind.choices), hint=hint)
    return None


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _mismatch(op: ast.cmpop, left: ast.expr, right: ast.expr, names: Mapping[str, Kind]) -> Iterator[Message]:
    kinds = [kind_of(side, names) for side in (left, right)]
    if isinstance(op, ast.In | ast.NotIn):
        yield from _member_faults(kinds[0], left, kinds[1], right, names)
        return
    if isinstance(kinds[1], Scalar) and isinstance(left, ast.Constant) and (fault := _constant_fault(kinds[1], left)):
        yield fault
    if isinstance(kinds[0], Scalar) and isinstance(kinds[1], Scalar):
        yield from _pair_faults(kinds[0], kinds[1], right, op)
    elif not any(isinstance(side, ast.Constant) and side.value is None for side in (left, right)):
        for side, kind in zip((left, right), kinds, strict=True):
            if isinstance(kind, Object | ListOf):
                yield Message("{name} is no single value; compare a value in it.", name=ast.unparse(side))


def _member_faults(
    item: Kind | Message | None,
    left: ast.expr,
    group: Kind | Message | None,
    right: ast.expr,
    names: Mapping[str, Kind],
) -> Iterator[Message]:
    """What is wrong with ``left in right``."""
    if isinstance(right, ast.List | ast.Tuple):
        if isinstance(item, Scalar):
            for one in right.elts:
                yield from _pair_faults(item, kind_of(one, names), one, ast.Eq())
    elif isinstance(group, ListOf):
        if isinstance(item, Scalar) and isinstance(group.item, Scalar):
            yield from _pair_faults(group.item, item, left, ast.Eq())
        elif not isinstance(item, Message):
            yield Message("{name} is no list of single values; `in` cannot search it.", name=ast.unparse(right))
    elif isinstance(group, Scalar) and _family(group) == "text":
        if isinstance(item, Scalar) and _family(item) != "text":
            yield _unlike(_family(item), "text")
    elif not isinstance(group, Message):
        yield Message("{name} is no list; `in` searches a list or a text.", name=ast.unparse(right))


def _pair_faults(left: Scalar, right: Kind | Message | None, node: ast.expr, op: ast.cmpop) -> Iterator[Message]:
    if not isinstance(right, Scalar):
        return
    if isinstance(node, ast.Constant) and (fault := _constant_fault(left, node)):
        yield fault
    if _family(left) != _family(right):
        yield _unlike(_family(left), _family(right))
    elif isinstance(op, _ORDERED) and left.type == "boolean":
        yield Message("true and false have no order; use == or != here.")
    elif isinstance(op, _ORDERED) and left.type == "choice":
        yield Message("the words of a choice have no order; use == or != here.")


def _unlike(left: str, right: str) -> Message:
    return Message("{left} is compared with {right}.", left=_FAMILIES[left], right=_FAMILIES[right])


_FAMILIES = {"number": Message("a number"), "text": Message("a text"), "boolean": Message("true or false")}


def _family(kind: Scalar) -> str:
    if kind.type in _NUMBERS:
        return "number"
    return "text" if kind.type in ("choice", "date") else kind.type
