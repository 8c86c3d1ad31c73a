"""What a template says to people: the phrases in its source, which a translator translates.

A phrase is what a translator needs to see at once: the whole text of a heading, a paragraph or a cell, with its
expressions and conditions inside; a text that stands alone in an expression; an attribute that people read.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from jinja2 import nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from .elements import ELEMENTS, INLINE
from .identity import IDENTITIES
from .language import CHOICE_WORDS

_NEVER_READ: Final = frozenset({"drawing"})
_READ: Final[Mapping[str, frozenset[str]]] = {
    tag: frozenset(
        name
        for name, rule in element.attrs.items()
        if not rule.choices and not rule.pattern and name not in _NEVER_READ
    )
    for tag, element in ELEMENTS.items()
}
"""The attributes whose values people read."""
_OF_THE_TEMPLATE: Final = frozenset({"identity", "language"})
"""What a template sets to tell about itself."""
_NESTED: Final = {"if": "endif", "for": "endfor"}
"""The statements that may stand within a phrase."""
_TURNS: Final = frozenset({"elif", "else"})

_STRING: Final = r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\''
_STRINGS: Final = re.compile(_STRING, re.DOTALL)
_INSIDE: Final = re.compile(rf"{_STRING}|%\}}|[{{}}]", re.DOTALL)
_OPENING: Final = re.compile(r"\{[{%#]|<!--|</?[A-Za-z]")
_IN_TAG: Final = re.compile(r"\{[{%#]|[\"'>]")
_NAME: Final = re.compile(r"</?([\w-]+)")
_KEYWORD: Final = re.compile(r"\{%[-+]?\s*(\w*)")
_ATTRIBUTE: Final = re.compile(r"([\w-]+)\s*=\s*$")
_ENTITY: Final = re.compile(r"&#?\w+;")
_LETTER: Final = re.compile(r"[^\W\d_]")
_WORD: Final = re.compile(r"[^\W\d_]{2}")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A text of a template: what it says, where in the source it stands, and the line, counted from 1.

    ``form`` is ``text``; ``attribute``, where a quotation mark would end it; or ``literal``, inside an expression.
    """

    text: str
    start: int
    end: int
    line: int
    form: str


@dataclass(frozen=True, slots=True)
class Token:
    kind: str  # text, expression, statement, remark, tag
    start: int
    end: int
    name: str = ""
    attrs: tuple[tuple[str, int, int], ...] = ()


@lru_cache(maxsize=256)
def phrases(file: str, source: str) -> tuple[Phrase, ...]:
    """What a template says, in the order of its source.

    Raises:
        TemplateSyntaxError: it cannot be parsed.
    """
    reader = _Reader(source, _literals(parse(file, source)))
    reader.read(list(tokens(source, 0, len(source))), "text")
    return tuple(sorted(reader.found, key=lambda phrase: phrase.start))


class _Reader:
    """Finds the phrases of one source."""

    def __init__(self, source: str, literals: Collection[tuple[int, str]]) -> None:
        self.source = source
        self.literals = literals
        self.lines = [found.end() for found in re.finditer("\n", source)]
        self.found: dict[Phrase, None] = {}

    def read(self, tokens: Sequence[Token], form: str) -> None:
        """Take ``tokens`` apart at whatever cannot stand within a phrase."""
        run: list[Token] = []
        for token in tokens:
            if token.kind == "remark" or (token.kind == "tag" and token.name not in INLINE):
                self.balanced(run, form)
                run = []
                self.attributes(token)
            elif token.kind == "statement" and not self.nestable(token.name):
                self.balanced(run, form)
                run = []
                self.texts_in(token)
            else:
                run.append(token)
        self.balanced(run, form)

    @staticmethod
    def nestable(name: str) -> bool:
        return name in _NESTED or name in _TURNS or name in _NESTED.values()

    def balanced(self, run: Sequence[Token], form: str) -> None:
        """Take a run apart at the statements whose other half lies outside."""
        open_: list[int] = []
        inside: set[int] = set()
        turns: dict[int, list[int]] = {}
        for place, token in enumerate(run):
            if token.kind != "statement":
                continue
            if token.name in _NESTED:
                open_.append(place)
            elif token.name in _TURNS and open_:
                turns.setdefault(open_[-1], []).append(place)
            elif token.name in _NESTED.values() and open_ and _NESTED[run[open_[-1]].name] == token.name:
                start = open_.pop()
                inside |= {start, place, *turns.get(start, ())}
        piece: list[Token] = []
        for place, token in enumerate(run):
            if token.kind == "statement" and place not in inside:
                self.piece(piece, form)
                piece = []
                self.texts_in(token)
            else:
                piece.append(token)
        self.piece(piece, form)

    def piece(self, tokens: Sequence[Token], form: str) -> None:
        """One phrase, if something is said outside of all conditions; else what each branch says for itself."""
        depth = 0
        branch: list[Token] = []
        branches: list[list[Token]] = []
        says = False
        for token in tokens:
            if token.kind == "statement":
                if depth == 0 or (depth == 1 and token.name not in _NESTED):
                    branches.append(branch)
                    branch = []
                    depth += (token.name in _NESTED) - (token.name in _NESTED.values())
                    continue
                depth += (token.name in _NESTED) - (token.name in _NESTED.values())
            elif depth == 0 and token.kind == "text":
                says = says or bool(_LETTER.search(_ENTITY.sub("", self.source[token.start : token.end])))
            branch.append(token)
        if says:
            self.add(tokens[0].start, tokens[-1].end, form)
        elif branches:
            for token in tokens:
                if token.kind == "statement":
                    self.texts_in(token)
            for part in (*branches, branch):
                self.piece(part, form)
        else:
            for token in tokens:
                if token.kind == "expression":
                    self.texts_in(token)

    def attributes(self, token: Token) -> None:
        read = _READ.get(token.name, frozenset())
        for name, start, end in token.attrs:
            if name in read:
                self.read(list(tokens(self.source, start, end)), "attribute")

    def texts_in(self, token: Token) -> None:
        """The texts that an expression prints, or that a statement keeps for printing."""
        for string in _STRINGS.finditer(self.source, token.start, token.end):
            if (self.line(string.start()), _value(string[0])) in self.literals:
                self.add(string.start() + 1, string.end() - 1, "literal")

    def add(self, start: int, end: int, form: str) -> None:
        text = self.source[start:end]
        start += len(text) - len(text.lstrip())
        text = text.strip()
        said = _value(f'"{text}"') if form == "literal" else text
        phrase = Phrase(said, start, start + len(text), self.line(start), form)
        self.found[phrase] = None

    def line(self, place: int) -> int:
        return bisect_right(self.lines, place) + 1


def _value(string: str) -> str:
    """What a string in a template stands for, as Jinja2 reads it."""
    return string[1:-1].encode("ascii", "backslashreplace").decode("unicode-escape")


def tokens(source: str, start: int, end: int) -> Iterator[Token]:
    """The source between two places, in pieces: text, tags and what belongs to Jinja2."""
    at = start
    while at < end:
        opening = _OPENING.search(source, at, end)
        if opening is None:
            yield Token("text", at, end)
            return
        if opening.start() > at:
            yield Token("text", at, opening.start())
        at = opening.start()
        token = _tag(source, at, end) if opening[0][0] == "<" and opening[0] != "<!--" else _other(source, at, end)
        if token.kind == "statement" and token.name == "raw":
            close = re.compile(r"\{%[-+]?\s*endraw\b.*?%\}", re.DOTALL).search(source, token.end, end)
            token = Token("remark", at, close.end() if close else end)
        yield token
        at = token.end


def _other(source: str, at: int, end: int) -> Token:
    for begin, close in (("<!--", "-->"), ("{#", "#}")):
        if source.startswith(begin, at):
            found = source.find(close, at, end)
            return Token("remark", at, found + len(close) if found >= 0 else end)
    stop = min(_jinja_end(source, at), end)
    if source.startswith("{{", at):
        return Token("expression", at, stop)
    keyword = _KEYWORD.match(source, at)
    return Token("statement", at, stop, keyword[1] if keyword else "")


def _jinja_end(source: str, at: int) -> int:
    """Where what begins at ``at`` with ``{{`` or ``{%`` ends; strings and braces within it are passed over."""
    if source.startswith("{#", at):
        close = source.find("#}", at)
        return close + 2 if close >= 0 else len(source)
    prints, depth = source.startswith("{{", at), 0
    for found in _INSIDE.finditer(source, at + 2):
        sign = found[0]
        if sign == "{":
            depth += 1
        elif sign == "}":
            if prints and depth == 0:
                return found.end() + 1
            depth -= 1
        elif sign == "%}" and not prints:
            return found.end()
    return len(source)


def _tag(source: str, at: int, end: int) -> Token:
    named = _NAME.match(source, at)
    name = named[1] if named else ""
    attrs: list[tuple[str, int, int]] = []
    quote, began = "", 0
    place = at + 1
    while place < end:
        found = _IN_TAG.search(source, place, end)
        if found is None:
            return Token("tag", at, end, name, tuple(attrs))
        sign, place = found[0], found.end()
        if sign[0] == "{":
            place = min(_jinja_end(source, found.start()), end)
        elif quote and sign == quote:
            key = _ATTRIBUTE.search(source[max(at, began - 60) : began - 1])
            attrs.append((key[1] if key else "", began, found.start()))
            quote = ""
        elif not quote and sign == ">":
            return Token("tag", at, place, name, tuple(attrs))
        elif not quote:
            quote, began = sign, place
    return Token("tag", at, end, name, tuple(attrs))


def parse(file: str, source: str) -> nodes.Template:
    return ImmutableSandboxedEnvironment(autoescape=True).parse(source, filename=file)


def _literals(tree: nodes.Template) -> frozenset[tuple[int, str]]:
    """The texts in expressions that are printed, or kept to be printed, with their lines."""
    return frozenset((node.lineno, node.value) for node in constants(tree) if _WORD.search(node.value))


def constants(tree: nodes.Node) -> Iterator[nodes.Const]:
    ours = {node.target for node in tree.find_all(nodes.Import)}
    ours |= {node.name for node in tree.find_all(nodes.Macro)}
    for imported in tree.find_all(nodes.FromImport):
        ours |= {name if isinstance(name, str) else name[1] for name in imported.names}
    for node in tree.find_all((nodes.Output, nodes.Assign, nodes.Macro, nodes.CallBlock, nodes.For, nodes.With)):
        for value in _kept(node):
            yield from (text for text in printed(value, ours) if not _is_data(text.value))


def _kept(node: nodes.Node) -> Sequence[nodes.Node]:
    match node:
        case nodes.Output():
            return node.nodes
        case nodes.Assign():
            about_itself = isinstance(node.target, nodes.Name) and node.target.name in _OF_THE_TEMPLATE
            return [] if about_itself else [node.node]
        case nodes.Macro():
            return node.defaults
        case nodes.CallBlock():
            return [node.call]
        case nodes.For():
            return [node.iter]
        case nodes.With():
            return node.values
    return ()


def _is_data(text: str) -> bool:
    """Whether it is a word that records store, which is data and not text: ``label`` says what it is called."""
    return text.replace("_", " ") in CHOICE_WORDS or text in IDENTITIES


def printed(node: nodes.Node | None, ours: Collection[str]) -> Iterator[nodes.Const]:
    """The constant texts that come out when ``node`` is printed; ``ours`` are macros, which print what they get."""
    match node:
        case nodes.Const(value=str()):
            yield node
        case nodes.CondExpr():
            yield from printed(node.expr1, ours)
            yield from printed(node.expr2, ours)
        case nodes.Concat():
            for part in node.nodes:
                yield from printed(part, ours)
        case nodes.And() | nodes.Or() | nodes.Add() | nodes.Mod():
            yield from printed(node.left, ours)
            yield from printed(node.right, ours)
        case nodes.Getattr() | nodes.Getitem():
            yield from printed(node.node, ours)
        case nodes.Dict():
            for pair in node.items:
                yield from printed(pair.value, ours)
        case nodes.List() | nodes.Tuple():
            for part in node.items:
                yield from printed(part, ours)
        case nodes.Filter():
            yield from printed(node.node, ours)
            for given in node.args if node.name in ("default", "d", "join") else ():
                yield from printed(given, ours)
        case nodes.Call():
            yield from printed(node.node, ours)
            if _root(node.node) in ours:
                for given in (*node.args, *(pair.value for pair in node.kwargs)):
                    yield from printed(given, ours)
            elif isinstance(node.node, nodes.Getattr) and node.node.attr == "get":
                for given in node.args[1:]:
                    yield from printed(given, ours)


def _root(node: nodes.Node) -> str:
    while isinstance(node, nodes.Getattr | nodes.Getitem):
        node = node.node
    return node.name if isinstance(node, nodes.Name) else ""
