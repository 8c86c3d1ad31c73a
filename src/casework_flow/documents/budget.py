"""The budget of a template: each operation is charged before it can do harm, and its result is within bounds.

What is charged follows from the template and the data alone, never from a clock, so that a document that was issued
once can be made again on any machine.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, Final, cast

from jinja2 import Undefined
from jinja2.environment import TemplateModule
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS as STOCK
from jinja2.filters import make_attrgetter
from markupsafe import Markup

from ..messages import Message

WORK: Final = 4_000_000
"""The steps that one document may take: an expression, or eight characters of text. Case S needs some thousands."""
LONGEST_TEXT: Final = 200_000
"""Most characters of one text that a template makes."""
LARGEST_LIST: Final = 100_000
"""Most items of one list, those of the lists in it counted as often as they stand there."""
LARGEST_NUMBER: Final = 10**30
WIDEST: Final = 1_000
"""The largest number that a filter or a method takes: a width, a count of columns or decimals."""
LONGEST_SOURCE: Final = 200_000
"""Most characters of one template file."""
CALL: Final = 8
"""What calling something costs, beside what it does."""
_SMALL: Final = 128  # a shorter text is not worth the charge
_MOST_DAYS: Final = 40_000  # the filter shift takes days: a century
_OWN_FILTER: Final = 40  # dates and numbers in words cost that much more than an expression
_CHUNK: Final = 64

_TEXT_FILTERS: Final = frozenset(
    {
        "abs", "capitalize", "center", "e", "escape", "filesizeformat", "float", "forceescape", "format",
        "indent", "int", "lower", "replace", "round", "string", "title", "trim", "truncate", "upper", "urlencode",
        "wordcount", "wordwrap",
    }
)  # fmt: skip
_LIST_FILTERS: Final = frozenset(
    {
        "batch", "count", "d", "default", "dictsort", "first", "groupby", "items", "join", "last", "length",
        "list", "map", "max", "min", "reject", "rejectattr", "reverse", "select", "selectattr", "slice", "sort",
        "sum", "unique",
    }
)  # fmt: skip
_WITH_WIDTHS: Final = frozenset(
    {
        "batch", "center", "indent", "round", "slice", "truncate", "wordwrap", "ljust", "rjust", "zfill",
    }
)  # fmt: skip
FILTERS: Final = _TEXT_FILTERS | _LIST_FILTERS
"""Those of Jinja2's filters that stay: none prints what is not escaped, differs each time, or shows insides."""
CONTAINERS: Final = (list, tuple, dict)
_SIZED: Final = frozenset({*CONTAINERS, range, type({}.keys()), type({}.values()), type({}.items())})


class Breach(SecurityError):
    """A template does what no template may; it can be told with the template's name and line."""

    def __init__(self, message: Message) -> None:
        super().__init__(cast(str, message))


class _Budget:
    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = WORK


_BUDGET: ContextVar[_Budget | None] = ContextVar("budget", default=None)


@contextmanager
def measured() -> Iterator[None]:
    """What is compiled and rendered inside may take ``WORK`` steps together."""
    token = _BUDGET.set(_Budget())
    try:
        yield
    finally:
        _BUDGET.reset(token)


def spend(steps: int) -> None:
    """Charge ``steps``. Raises ``Breach`` when nothing is left."""
    left = _BUDGET.get()
    if left is not None:
        left.left -= steps
        if left.left < 0:
            raise Breach(
                Message("it takes more than {most} steps: a loop, macro or text in it has no end", most=WORK)
            )


def sized(value: Any) -> Any:
    """What an operation has made, charged and within the bounds."""
    if isinstance(value, str):
        grown(len(value))
        spend(len(value) >> 3)
    elif isinstance(value, CONTAINERS):
        spend(weight(value))
    elif isinstance(value, int | float):
        if isinstance(value, int) and not -LARGEST_NUMBER < value < LARGEST_NUMBER:
            raise Breach(Message("it makes a number beyond {most}", most=f"{LARGEST_NUMBER:.0e}"))
    elif isinstance(value, Iterator):
        return _each(value, 1)
    return value


def weight(value: Any) -> int:
    """The items of a list and of every list in it."""
    total, open_ = 0, [value]
    while open_:
        item = open_.pop()
        total += len(item)
        _items(total)
        parts = [*item, *item.values()] if isinstance(item, dict) else item
        open_ += [part for part in parts if isinstance(part, CONTAINERS)]
    return total


def _items(count: int) -> None:
    if count > LARGEST_LIST:
        raise Breach(Message("it makes a list of more than {most} items", most=LARGEST_LIST))


def _each(items: Iterator[Any], steps: int) -> Iterator[Any]:
    for item in items:
        spend(steps)
        yield item


def scalar(value: Any) -> Any:
    """``value``, if it is one that can be printed."""
    if isinstance(value, str):
        if len(value) > _SMALL:
            spend(len(value) >> 3)
        return value
    if value is None or isinstance(value, (int, float, Undefined)):
        return value
    if hasattr(type(value), "__html__") and not isinstance(value, TemplateModule):
        return value
    raise Breach(Message("something that is no single value is printed, or used as a text"))


def _narrow(value: Any, most: int) -> None:
    if isinstance(value, (int, float)) and not -most <= value <= most:
        raise Breach(Message("a filter or method takes no number beyond {most}", most=most))


def grown(size: float) -> None:
    """Refuse a text of ``size`` characters, if that is too many."""
    if size > LONGEST_TEXT:
        raise Breach(Message("it makes a text of more than {most} characters", most=LONGEST_TEXT))


def multiplied(left: Any, right: Any) -> None:
    """Refuse a product that would be too long a text or list, before it is made."""
    for one, times in ((left, right), (right, left)):
        if isinstance(one, str) and isinstance(times, int):
            grown(len(one) * times)
        elif isinstance(one, list | tuple) and isinstance(times, int):
            _items(weight(one) * times)


def length(value: Any) -> int:
    """How long a single value is as a text, at most."""
    return len(value) if isinstance(value, str) else 40


def formatted(pattern: str, values: Iterable[Any]) -> None:
    """Refuse a ``%`` whose result would be too long, before it is made."""
    found = [scalar(value) for value in values]
    if "*" in pattern or any(len(run) > 3 for run in _digits(pattern)):
        raise Breach(Message("a filter or method takes no number beyond {most}", most=WIDEST))
    marks = pattern.count("%")
    grown(
        len(pattern)
        + marks * max(map(length, found), default=0)
        + marks * WIDEST * ("%" in pattern and _wide(pattern))
    )


def _digits(pattern: str) -> list[str]:
    return "".join(sign if sign.isdigit() else " " for sign in pattern).split()


def _wide(pattern: str) -> bool:
    return any(len(run) > 2 for run in _digits(pattern))


def own_filter(value: Any, arguments: Iterable[Any]) -> None:
    """Charge one of our own filters: it takes single values, and as ``arguments`` no endless numbers."""
    spend(_OWN_FILTER)
    scalar(value)
    for argument in arguments:
        scalar(argument)
        _narrow(argument, _MOST_DAYS)


def filters() -> dict[str, Callable[..., Any]]:
    """Jinja2's filters that a template may use, each of them charged."""
    return {
        **{name: _text_filter(name, STOCK[name]) for name in _TEXT_FILTERS},
        **{name: _list_filter(name, STOCK[name]) for name in _LIST_FILTERS},
        "join": _joining(STOCK["join"]),
        "sum": _adding(STOCK["sum"]),
    }


def _text_filter(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    first = 1 if hasattr(function, "jinja_pass_arg") else 0

    @wraps(function)
    def apply(*arguments: Any, **named: Any) -> Any:
        spend(CALL)
        value, others = arguments[first], [*arguments[first + 1 :], *named.values()]
        if name == "format":
            formatted(str(scalar(value)), others)
        else:
            for one in (value, *others):
                scalar(one)
            forecast(name, value, others)
        return sized(function(*arguments, **named))

    return apply


def forecast(name: str, value: Any, others: Collection[Any]) -> None:
    """Refuse what the filter or method ``name`` would make too long of the text ``value``, before it is made."""
    if name in _WITH_WIDTHS:
        for one in others:
            _narrow(one, WIDEST)
    if name not in ("replace", "indent", "wordwrap") or type(value) not in (str, Markup):
        return
    texts = [one for one in others if isinstance(one, str)]
    most = max([len(one) for one in texts] + [one for one in others if isinstance(one, int)], default=1)
    if name == "replace":
        times = max((value.count(one) if one else len(value) + 1 for one in texts), default=0)
    else:
        times = value.count("\n") + 1 if name == "indent" else len(value)
    grown(len(value) + times * most)


def _list_filter(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    first = 1 if hasattr(function, "jinja_pass_arg") else 0

    @wraps(function)
    def apply(*arguments: Any, **named: Any) -> Any:
        spend(CALL)
        value, others = arguments[first], arguments[first + 1 :]
        forecast(name, None, [*others, *named.values()])
        return sized(function(*arguments[:first], counted(value), *others, **named))

    return apply


def _joining(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def apply(eval_ctx: Any, value: Any, d: Any = "", attribute: Any = None) -> Any:
        spend(CALL)
        items = counted(value)
        if attribute is not None:
            items = map(make_attrgetter(eval_ctx.environment, attribute), items)
        return sized(function(eval_ctx, pieces(items, d), d))

    return apply


def pieces(items: Iterable[Any], between: Any) -> list[Any]:
    """``items`` that are to be joined with ``between``, if that does not make too long a text."""
    found, size, step = [], 0, length(scalar(between))
    for item in items:
        size += length(scalar(item)) + step
        grown(size)
        found.append(item)
    return found


def _adding(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def apply(environment: Any, iterable: Any, attribute: Any = None, start: Any = 0) -> Any:
        spend(CALL)
        if not isinstance(start, int | float):
            raise Breach(Message("sum adds numbers only"))
        return sized(function(environment, counted(iterable), attribute, start))

    return apply


def counted(items: Any, steps: int = 1) -> Any:
    """``items`` for a loop, each of them charged ``steps``."""
    if type(items) in _SIZED or isinstance(items, str):
        spend(len(items) * steps)
        return items
    return _each(items, steps) if isinstance(items, Iterator) else items


def searched(value: Any) -> Any:
    """``value``, charged for being compared with another or looked through."""
    if isinstance(value, str):
        spend(len(value) >> 3)
    elif type(value) in _SIZED:
        spend(len(value))
    return value
