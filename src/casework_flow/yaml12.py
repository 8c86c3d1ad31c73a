"""YAML by the 1.2 core schema, with line numbers: ``on``, ``off``, ``yes`` and ``no`` are text.

A file may come from anybody. Tags, duplicate keys and recursive aliases are refused, and aliases cannot
multiply a small file into a large one.
"""

from __future__ import annotations

import re
from typing import Any, Final

import yaml

from .errors import Invalid, Problem
from .messages import Message

MAX_NODES: Final = 500_000
"""Most values in one file, aliases counted as often as they stand for something."""
MAX_DEPTH: Final = 100
"""Deepest nesting of lists and mappings."""

Path = tuple[str | int, ...]

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
        loader = _Loader(text)
        try:
            root = loader.get_single_node()
        finally:
            loader.dispose()
        return (None if root is None else _Builder(name, lines).build(root, ())), lines
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        raise _invalid(
            name, mark.line + 1 if mark else 1, Message("This is not YAML: {why}.", why=fault.problem)
        ) from None
    except yaml.YAMLError as fault:
        why = str(fault).splitlines()[0]
        raise _invalid(name, 1, Message("This is not YAML: {why}.", why=why)) from None
    except RecursionError:
        raise _invalid(name, 1, Message("The values are nested too deeply.")) from None


def _invalid(name: str, line: int, message: Message) -> Invalid:
    where = f"{name}:{line}" if name else Message("line {line}", line=line).say("en")
    problem = Problem(where, message)
    return Invalid(Message("{name} cannot be read.", name=name or Message("The text")), [problem])


class _Loader(getattr(yaml, "CBaseLoader", yaml.BaseLoader)):  # type: ignore[misc]  # the C parser where it was built
    pass


class _Builder:
    """Turns the parser's nodes into plain data."""

    def __init__(self, name: str, lines: Lines) -> None:
        self.name = name
        self.lines = lines
        self.nodes = 0
        self.open: set[int] = set()

    def build(self, node: yaml.Node, path: Path) -> Any:
        line = node.start_mark.line + 1
        self.lines.note(path, line)
        self.nodes += 1
        if self.nodes > MAX_NODES or len(path) > MAX_DEPTH:
            raise _invalid(self.name, line, Message("The file holds too many values, or nests them too deeply."))
        if id(node) in self.open:
            raise _invalid(self.name, line, Message("An alias refers to the value that it stands in."))
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, line)
        if not _tag_is(node, "map" if isinstance(node, yaml.MappingNode) else "seq"):
            raise _invalid(self.name, line, Message("The tag {tag} is not allowed.", tag=node.tag))
        self.open.add(id(node))
        try:
            if isinstance(node, yaml.MappingNode):
                return self._mapping(node, path)
            return [self.build(item, (*path, index)) for index, item in enumerate(node.value)]
        finally:
            self.open.discard(id(node))

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise _invalid(self.name, line, Message("A key must be text."))
            key = str(key_node.value)
            if key in found:
                raise _invalid(self.name, line, Message("{key} is given twice.", key=key))
            self.lines.note((*path, key), line)
            found[key] = self.build(value_node, (*path, key))
        return found

    def _scalar(self, node: yaml.ScalarNode, line: int) -> Any:
        tag, text = node.tag or "", node.value
        if tag in ("", "?", _PREFIX + "str", "!") or tag is None:
            if tag in (_PREFIX + "str", "!") and not _is_plain(node):
                return text
        else:
            raise _invalid(self.name, line, Message("The tag {tag} is not allowed.", tag=tag))
        if not _is_plain(node):
            return text
        for kind, pattern in _RESOLVERS:
            if pattern.match(text):
                return self._number(kind, text, line)
        return text

    def _number(self, kind: str, text: str, line: int) -> Any:
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() == "true"
        if kind == "float":
            return float(
                text.replace(".inf", "inf").replace(".Inf", "inf").replace(".INF", "inf").replace(".nan", "nan")
            )
        if len(text) > 100:
            raise _invalid(self.name, line, Message("A number has at most 100 digits."))
        base = {"0o": 8, "0x": 16}.get(text[:2], 10)
        return int(text[2:] if base != 10 else text, base)


def _is_plain(node: yaml.ScalarNode) -> bool:
    return not node.style or node.style == ":"


def _tag_is(node: yaml.Node, kind: str) -> bool:
    return node.tag in (None, "", "?", "!", _PREFIX + kind)
