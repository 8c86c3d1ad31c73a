"""The files that a template consists of, parsed; what a parser refuses is told with its line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from jinja2 import TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ..errors import Problem
from ..messages import SOURCE_LANGUAGE, Message
from .language import filters

OWN_FILTERS: Final = frozenset(filters(SOURCE_LANGUAGE))
"""The filters that templates have besides those of Jinja2."""


class Parts:
    """The files of one template by name."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self.sources = sources
        self.problems: list[Problem] = []
        self.perhaps: set[str] = set()
        """Names that some file asks for with ``is defined``: there they may be missing."""
        self._trees: dict[str, nodes.Template] = {}
        self._environment = ImmutableSandboxedEnvironment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
        self._environment.filters.update(dict.fromkeys(OWN_FILTERS, str))

    def tree(self, file: str) -> nodes.Template:
        """What ``file`` says; that it can be parsed was seen when the files were found."""
        if file not in self._trees:
            self._trees[file] = self._environment.parse(self.sources[file], filename=file)
            for node in self._trees[file].find_all(nodes.Test):
                if node.name in ("defined", "undefined") and isinstance(node.node, nodes.Name):
                    self.perhaps.add(node.node.name)
            self._compile(file)
        return self._trees[file]

    def _compile(self, file: str) -> None:
        try:
            self._environment.compile(self.sources[file], filename=file)
        except TemplateSyntaxError as fault:
            why = fault.message or ""
            if not why.startswith("No "):  # filters and tests: whoever reads the tree tells them, with a hint
                problem = Message("The template cannot be used: {why}.", why=why.rstrip("."))
                self.problems.append(Problem(f"{file}:{fault.lineno}", problem))
