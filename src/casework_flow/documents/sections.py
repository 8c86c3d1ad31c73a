"""What each section of a template is made of, read from the template alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import unescape
from typing import Final

from jinja2 import nodes

_TAG: Final = re.compile(r"<(/?)(?:sub)?section\b([^>]*)")
_TITLE: Final = re.compile(r"""\btitle=(["'])(.*?)\1""")


def paths_by_section(template: nodes.Template) -> Mapping[str, tuple[str, ...]]:
    """The paths of the values that stand in each section, by the section's title; those with a fixed title only."""
    found: dict[str, dict[str, None]] = {}
    standing: list[str] = []
    loops: dict[str, str] = {}
    for node in _in_order(template):
        if isinstance(node, nodes.TemplateData):
            for closing, attributes in _TAG.findall(node.data):
                fixed = _TITLE.search(attributes)
                if not closing:
                    standing.append(unescape(fixed[2]) if fixed else "")
                elif standing:
                    standing.pop()
        elif isinstance(node, nodes.For) and isinstance(node.target, nodes.Name):
            loops[node.target.name] = _path(node.iter, loops)
        elif isinstance(node, nodes.Getattr) and (path := _path(node, loops)):
            for title in filter(None, standing):
                found.setdefault(title, {})[path] = None
    return {title: tuple(paths) for title, paths in found.items()}


def _in_order(node: nodes.Node) -> Iterator[nodes.Node]:
    """The parts of a template as they stand in it; of a chain of names only the longest."""
    yield node
    if not (isinstance(node, nodes.Getattr) and _path(node, {})):
        for part in node.iter_child_nodes():
            yield from _in_order(part)


def _path(node: nodes.Node, loops: Mapping[str, str]) -> str:
    """The dotted path that ``node`` reads; empty where it reads none."""
    if isinstance(node, nodes.Name):
        return loops.get(node.name, node.name)
    if isinstance(node, nodes.Getattr):
        before = _path(node.node, loops)
        return f"{before}.{node.attr}" if before else ""
    return ""
