"""What a template sees: records whose values know their paths, so that a missing one cannot be printed unseen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any, Final

from jinja2 import StrictUndefined, TemplateError
from markupsafe import escape

from ..additions import Addition, Blamed, Filter, fault
from ..messages import Message
from ..rules import read
from . import markup
from .budget import own_filter

_START, _END = "\ue000", "\ue001"
MARKING: Final = _START
"""Marks around a path in what is rendered only to find what is missing: characters that no font has."""
_MARKED: Final = re.compile(f"{_START}([^{_START}{_END}]*){_END}")


class Missing(Exception):
    """A value that is not recorded was printed."""

    def __init__(self, path: str) -> None:
        self.path = path


class Absent:
    """A value that is not recorded: false in a condition, an empty list in a loop, a refusal when printed."""

    __slots__ = ("_path",)

    def __init__(self, path: str) -> None:
        self._path = path

    def __bool__(self) -> bool:
        return False

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return other is None or isinstance(other, Absent)

    def __hash__(self) -> int:
        return hash(None)

    def __getattr__(self, name: str) -> Absent:
        return Absent(f"{self._path}.{name}")

    def __getitem__(self, name: object) -> Absent:
        return Absent(f"{self._path}.{name}")

    def __str__(self) -> str:
        raise Missing(self._path)

    def __html__(self) -> str:
        raise Missing(self._path)


class Blank(str):
    """A value that is not recorded, in a draft: as ``Absent``, but printed as the words that it is made of.

    It is a text, so that whatever a template does with texts can be done with it; the outcome is blank again.
    """

    __slots__ = ()

    def __getattribute__(self, name: str) -> Any:
        return super().__getattribute__(name) if name.startswith("__") else self

    def __call__(self, *_: object, **__: object) -> Blank:
        return self

    def __getitem__(self, _: object) -> Blank:
        return self

    def __bool__(self) -> bool:
        return False

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return other is None or isinstance(other, Absent | Blank)

    def __hash__(self) -> int:
        return hash(None)

    def __lt__(self, _: object) -> bool:
        return False

    __le__ = __gt__ = __ge__ = __lt__

    def __add__(self, _: object) -> Blank:
        return self

    __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __add__

    def __html__(self) -> str:
        return str(escape(str.__str__(self)))


class _Marked(Blank):
    """A value that is not recorded, which prints its path between two marks."""

    __slots__ = ()

    def __getattribute__(self, name: str) -> Any:
        return super().__getattribute__(name) if name.startswith("__") else self[name]

    def __getitem__(self, name: object) -> Blank:
        return _Marked(f"{str.__str__(self)[:-1]}.{name}{_END}") if isinstance(name, str) else self

    def __call__(self, *_: object, **__: object) -> Blank:
        return _Marked(str.__str__(self).rpartition(".")[0] + _END)  # the last name was a method of texts


class Chosen(StrictUndefined):
    """What a draft's template looks up under a name that is not recorded is not recorded either."""

    def __str__(self) -> str:  # type: ignore[override]  # the base class never returns
        return str.__str__(self._undefined_name) if isinstance(self._undefined_name, Blank) else super().__str__()

    def __html__(self) -> str:
        return str(escape(str(self)))


class Shown:
    """Records as a template sees them: each value knows its path, so that a missing one can be named."""

    __slots__ = ("_blank", "_path", "_value")

    def __init__(self, value: Any, path: str, blank: str = "") -> None:
        self._value = value
        self._path = path
        self._blank = blank

    def __getattr__(self, name: str) -> Any:
        return show(read(self._value, name), f"{self._path}.{name}", self._blank)

    __getitem__ = __getattr__

    def __bool__(self) -> bool:
        return bool(self._value)

    def __iter__(self) -> Iterator[Any]:
        raise TypeError(f"{self._path} is no list")  # else Python would ask for [0], [1] … and never come to an end

    def __str__(self) -> str:
        raise Missing(self._path)

    __html__ = __str__


def show(value: Any, path: str, blank: str = "") -> Any:
    """``value`` for a template: texts are cleaned, the rest is read-only, a missing value refuses to be printed.

    With ``blank``, as in a draft, a missing value is printed as that.
    """
    if isinstance(value, str):
        text = markup.clean(value)
        return _missing(path, blank) if not text or text.isspace() else text
    if value is None:
        return _missing(path, blank)
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, (list, tuple)):
        return [show(item, f"{path}.{number}", blank) for number, item in enumerate(value)]
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if callable(value) and not hasattr(value, "get"):
        return _function(value, path, blank)
    return Shown(value, path, blank)


def _missing(path: str, blank: str) -> Absent | Blank:
    if blank == _START:
        return _Marked(f"{_START}{path}{_END}")
    return Blank(blank) if blank else Absent(path)


def _function(function: Callable[..., Any], path: str, blank: str) -> Callable[..., Any]:
    def call(*arguments: Any) -> Any:
        blanks = [one for one in arguments if isinstance(one, Blank)] if isinstance(function, Addition) else []
        if blanks:
            return blanks[0]  # in a draft: a host's function is not asked of what is not there
        return show(function(*arguments), f"{path}({', '.join(map(str, arguments))})", blank)

    return call


def printing(function: Callable[..., Any], host: Filter | None = None) -> Callable[..., str]:
    """A filter that refuses what is not recorded and leaves what is blank; ``host``: it is a host's own code."""

    def apply(value: Any, *arguments: Any) -> str:
        if arguments or type(value) is not str:
            for given in (value, *arguments):
                if isinstance(given, Blank):
                    return given
                if isinstance(given, (Absent, Shown)):
                    str(given)  # refuses, with the path
        own_filter(value, arguments)
        if host is None:
            plain: str = function(value, *arguments)
            return plain
        with Blamed(host.extension, host.name, let=(Missing, TemplateError)):
            found = function(value, *arguments)
        if not isinstance(found, str):
            raise fault(host.extension, host.name, Message("it gave {value}", value=type(found).__name__))
        return found

    return apply


def marked(rendered: str) -> list[str]:
    """The paths of the values that are missing in what was rendered with ``MARKING`` for them."""
    return list(dict.fromkeys(map(unescape, _MARKED.findall(rendered))))


OWN: Final = (Shown, Absent, Blank, _Marked)
"""The types through which a template sees records."""
