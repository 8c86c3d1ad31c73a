"""The files that a template consists of, parsed; what a parser refuses is told with its line."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Final

from jinja2 import TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ..errors import Problem
from ..messages import SOURCE_LANGUAGE, Message
from .budget import FILTERS
from .language import filters

OWN_FILTERS: Final = frozenset(filters(SOURCE_LANGUAGE))
"""The filters that templates have besides those of Jinja2."""


class Parts:
    """The files of one template by name, and the filters that they may use: ours, and ``more`` of a host's."""

    def __init__(self, sources: Mapping[str, str], more: Collection[str] = ()) -> None:
        self.sources = sources
        self.filters: Final = frozenset({*FILTERS, *OWN_FILTERS, *more})
        self.problems: list[Problem] = []
        self.perhaps: set[str] = set()
        """Names that some file asks for with ``is defined``: there they may be missing."""

    def tree(self, file: str) -> nodes.Template:
        """What ``file`` says; that it can be parsed was seen when the files were found."""
        tree, perhaps, problem = _parsed(file, self.sources[file])
        self.perhaps |= perhaps
        if problem and problem not in self.problems:
            self.problems.append(problem)
        return tree


@lru_cache(maxsize=64)  # most documents of an office import the same parts
def _parsed(file: str, source: str) -> tuple[nodes.Template, frozenset[str], Problem | None]:
    environment = ImmutableSandboxedEnvironment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters.update(dict.fromkeys(OWN_FILTERS, str))
    tree = environment.parse(source, filename=file)
    perhaps = frozenset(
        node.node.name
        for node in tree.find_all(nodes.Test)
        if node.name in ("defined", "undefined") and isinstance(node.node, nodes.Name)
    )
    problem = None
    try:
        environment.compile(source, filename=file)
    except TemplateSyntaxError as fault:
        why = fault.message or ""
        if not why.startswith("No "):  # filters and tests: whoever reads the tree tells them, with a hint
            message = Message("The template cannot be used: {why}.", why=why.rstrip("."))
            problem = Problem(f"{file}:{fault.lineno}", message)
    return tree, perhaps, problem
