"""YAML by the 1.2 core schema, with line numbers: ``on``, ``off``, ``yes`` and ``no`` are text.

A file may come from anybody. Tags, duplicate keys and recursive aliases are refused, and aliases cannot
multiply a small file into a large one. The parser's events are read one by one, because its own composer
recurses without a bound.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

import yaml

from .errors import Invalid, Problem
from .messages import Message

MAX_NODES: Final = 500_000
"""Most values in one file, aliases counted as often as they stand for something."""
MAX_DEPTH: Final = 100
"""Deepest nesting of lists and mappings."""

MAX_DIGITS: Final = 100
"""Longest number."""

Path = tuple[str | int, ...]

_TOO_MUCH: Final = Message("The file holds too many values, or nests them too deeply.")
_STRANGE: Final = Message("This is not YAML: it holds characters that cannot be shown. Save it as plain UTF-8 text.")

_PREFIX = "tag:yaml.org,2002:"
_RESOLVERS: Final = (  # YAML 1.2.2, section 10.3.2
    ("null", re.compile(r"(?:null|Null|NULL|~|)$")),
    ("bool", re.compile(r"(?:true|True|TRUE|false|False|FALSE)$")),
    ("int", re.compile(r"(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$")),
    (
        "float",
        re.compile(
            r"(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
        ),
    ),
)


class Lines:
    """Where each value of a file stands."""

    def __init__(self) -> None:
        self._at: dict[Path, int] = {}

    def note(self, path: Path, line: int) -> None:
        """Remember that the value at ``path`` begins at ``line`` (from 1)."""
        self._at.setdefault(path, line)

    def of(self, path: Path) -> int:
        """The line of ``path``, or of the nearest value around it."""
        while path and path not in self._at:
            path = path[:-1]
        return self._at.get(path, 1)


def parse(text: str, name: str = "") -> tuple[Any, Lines]:
    """The data of one YAML document, and the line of each of its values.

    Args:
        text: the file's text.
        name: the file's name, for messages.

    Raises:
        Invalid: it is no YAML, or uses what is refused here; the problem names file, line and reason.
    """
    lines = Lines()
    try:
        return _Builder(yaml.parse(text, _Loader), name, lines).document(), lines
    except UnicodeEncodeError as fault:  # half a character, which no file can hold
        line = text.count("\n", 0, fault.start) + 1
        raise _invalid(name, line, _STRANGE) from fault
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        line = mark.line + 1 if mark else 1
        if "nesting" in str(fault.problem):  # the parser has a bound of its own
            raise _invalid(name, line, _TOO_MUCH) from fault
        why = Message(
            "This is not YAML: column {column} does not go on as expected. The usual causes are a colon in a text "
            "without quotes, quotes or brackets that are not closed, and a line that is not indented like its "
            "neighbours (with blanks, not tabs).",
            column=mark.column + 1 if mark else 1,
        )
        raise _invalid(name, line, why) from fault
    except yaml.YAMLError as fault:
        raise _invalid(name, 1, _STRANGE) from fault


def _invalid(name: str, line: int, message: Message) -> Invalid:
    problem = Problem(f"{name or '-'}:{line}", message)
    return Invalid(Message("{name} cannot be read.", name=name or Message("The text")), [problem])


_Loader: Final = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # the C parser where it was built


@dataclass(frozen=True, slots=True)
class _Anchored:
    """A value that aliases may stand for: how many values it holds, and how deep they are nested."""

    value: Any
    nodes: int
    depth: int


class _Builder:
    """Turns the parser's events into plain data."""

    def __init__(self, events: Iterator[Any], name: str, lines: Lines) -> None:
        self.events = events
        self.name = name
        self.lines = lines
        self.nodes = 0
        self.deepest = 0
        self.anchors: dict[str, _Anchored | None] = {}  # None while the value is being read

    def document(self) -> Any:
        found = None
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                if self.nodes:
                    raise self._fault(event, Message("The file holds more than one document."))
                found = self._value(next(self.events), ())
        return found

    def _fault(self, event: Any, message: Message) -> Invalid:
        return _invalid(self.name, _line(event), message)

    def _value(self, event: Any, path: Path) -> Any:
        self.lines.note(path, _line(event))
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, path)
        self._count(event, 1, len(path))
        anchor: str | None = event.anchor
        before, above, self.deepest = self.nodes - 1, self.deepest, len(path)
        if anchor:
            self.anchors[anchor] = None
        value = self._content(event, path)
        if anchor:
            self.anchors[anchor] = _Anchored(value, self.nodes - before, self.deepest - len(path))
        self.deepest = max(self.deepest, above)
        return value

    def _count(self, event: Any, nodes: int, depth: int) -> None:
        self.nodes += nodes
        self.deepest = max(self.deepest, depth)
        if self.nodes > MAX_NODES or depth > MAX_DEPTH:
            raise self._fault(event, _TOO_MUCH)

    def _alias(self, event: Any, path: Path) -> Any:
        if event.anchor not in self.anchors:
            raise self._fault(event, Message("Nothing before this is called &{name}.", name=event.anchor))
        anchored = self.anchors[event.anchor]
        if anchored is None:
            raise self._fault(event, Message("An alias refers to the value that it stands in."))
        self._count(event, anchored.nodes, len(path) + anchored.depth)
        return deepcopy(anchored.value)

    def _content(self, event: Any, path: Path) -> Any:
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if event.tag not in (None, "!", _PREFIX + ("map" if isinstance(event, yaml.MappingStartEvent) else "seq")):
            raise self._fault(event, Message("The tag {tag} is not allowed.", tag=event.tag))
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path)
        found: list[Any] = []
        while not isinstance(item := next(self.events), yaml.SequenceEndEvent):
            found.append(self._value(item, (*path, len(found))))
        return found

    def _mapping(self, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(key_event := next(self.events), yaml.MappingEndEvent):
            if not isinstance(key_event, yaml.ScalarEvent) or key_event.anchor:
                raise self._fault(key_event, Message("A key must be text."))
            key = str(key_event.value)
            if key in found:
                raise self._fault(key_event, Message("{key} is given twice.", key=key))
            self.lines.note((*path, key), _line(key_event))
            found[key] = self._value(next(self.events), (*path, key))
        return found

    def _scalar(self, event: Any) -> Any:
        text: str = event.value
        if event.tag not in (None, "!", _PREFIX + "str"):
            raise self._fault(event, Message("The tag {tag} is not allowed.", tag=event.tag))
        if event.tag is not None or event.style:
            return text
        for kind, pattern in _RESOLVERS:
            if pattern.match(text):
                if len(text) > MAX_DIGITS:
                    raise self._fault(event, Message("A number has at most {most} digits.", most=MAX_DIGITS))
                return _value_of(kind, text)
        return text


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _value_of(kind: str, text: str) -> Any:
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    if kind == "float":
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    base = {"0o": 8, "0x": 16}.get(text[:2], 10)
    return int(text[2:] if base != 10 else text, base)
