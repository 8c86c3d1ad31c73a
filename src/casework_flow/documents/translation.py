"""A template in another language: what a catalogue puts in the places of its phrases.

A template is written once. Beside it lies a gettext catalogue for each further language, ``en.po``, as translators
know it; what comes of both is an ordinary template, which is checked, frozen and rendered like any other.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Final
from xml.parsers import expat

from jinja2 import TemplateSyntaxError, nodes

from ..errors import Invalid, Problem
from ..messages import Message
from .elements import INLINE
from .phrases import Phrase, constants, parse, phrases, tokens
from .templatevalues import source as written

SUFFIX: Final = ".po"
_WRITTEN_IN: Final = re.compile(rb'^"X-Source-Language: *([a-z]{2,3})\\n"', re.MULTILINE)
"""The catalogue's header that tells in which language the templates beside it are written."""
_HEADER: Final = """\
# What the templates say, in another language; the msgstr are written by hand.
# A msgctxt is the template, with literal, attribute or text, where one phrase has several translations.
msgid ""
msgstr ""
"Project-Id-Version: casework-flow\\n"
"Language: {lang}\\n"
"X-Source-Language: {written}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""  # no dates: version control has them, and they would differ at each run

Key = tuple[str, str]
"""A context and a text."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A phrase of the template ``file`` that nobody has translated."""

    file: str
    phrase: Phrase


class Catalogue:
    """The translations into one language, with the place where each stands, such as ``en.po:12``."""

    def __init__(self, texts: Mapping[Key, str], places: Mapping[Key, str]) -> None:
        self._texts = texts
        self._places = places

    def get(self, file: str, phrase: Phrase) -> str:
        """What ``phrase`` of the template ``file`` is called; empty where nobody has translated it."""
        return self._texts.get(self._key(file, phrase), "")

    def place(self, file: str, phrase: Phrase) -> str:
        """Where its translation stands."""
        return self._places.get(self._key(file, phrase), "")

    def _key(self, file: str, phrase: Phrase) -> Key:
        keys = [(context, phrase.text) for context in _contexts(file, phrase)]
        return next((key for key in keys if key in self._texts), keys[-1])


def _contexts(file: str, phrase: Phrase) -> tuple[str, ...]:
    """What a catalogue may name as the context of ``phrase`` in the template ``file``, the narrowest first."""
    name = file.partition(".")[0]
    return f"{name}.{phrase.form}", name, ""


def catalogue(folders: Sequence[Path], lang: str) -> Catalogue:
    """The catalogue of ``lang`` from those of ``folders`` that have one; the folders named first go before.

    Raises:
        Invalid: a catalogue cannot be read.
    """
    texts: dict[Key, str] = {}
    places: dict[Key, str] = {}
    for path in reversed([folder / f"{lang}{SUFFIX}" for folder in folders]):
        if path.is_file():
            more, where = _read(path, *_changed(path))
            texts |= more
            places |= where
    return Catalogue(texts, places)


@lru_cache(maxsize=16)
def _read(path: Path, _at: int, _size: int) -> tuple[dict[Key, str], dict[Key, str]]:
    from babel.messages.pofile import PoFileError, read_po  # only where a document is translated

    try:
        found = read_po(BytesIO(path.read_bytes()), abort_invalid=True)
    except (PoFileError, ValueError, LookupError) as fault:
        why = Message("The catalogue {file} cannot be read: {why}.", file=path.name, why=str(fault).rstrip("."))
        raise Invalid(why, [Problem(path.name, Message("Correct it, or remove it."))]) from fault
    texts: dict[Key, str] = {}
    places: dict[Key, str] = {}
    # what no template says any more counts too: documents that were issued from an earlier one say it still
    for message in (*found.obsolete.values(), *found):
        if isinstance(message.id, str) and message.id and isinstance(message.string, str) and not message.fuzzy:
            key = (message.context or "", message.id)
            texts[key] = message.string
            places[key] = f"{path.name}:{message.lineno}" if message.lineno else path.name
    return texts, places


def languages(folders: Iterable[Path]) -> tuple[str, ...]:
    """The languages into which templates of ``folders`` are translated."""
    return tuple(sorted({path.stem for folder in folders for path in folder.glob(f"*{SUFFIX}")}))


def written_in(folders: Iterable[Path]) -> str:
    """The language of the templates that name none, as the catalogues say; empty where none says it."""
    paths = [path for folder in folders for path in sorted(folder.glob(f"*{SUFFIX}"))]
    return next((said for path in paths if (said := _source_language(path, *_changed(path)))), "")


@lru_cache(maxsize=16)
def _source_language(path: Path, _at: int, _size: int) -> str:
    found = _WRITTEN_IN.search(path.read_bytes())
    return found[1].decode() if found else ""


def _changed(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_mtime_ns, found.st_size


def language_of(file: str, source: str) -> str:
    """The language that a template says it is written in, as ``{% set language = "en" %}``; empty: it says none."""
    return _language(file, source) if "language" in source else ""


@lru_cache(maxsize=256)
def _language(file: str, source: str) -> str:
    for node in parse(file, source).find_all(nodes.Assign):
        if isinstance(node.target, nodes.Name) and node.target.name == "language":
            return str(node.node.value) if isinstance(node.node, nodes.Const) else ""
    return ""


def in_language(
    parts: Mapping[str, str], folders: Sequence[Path], lang: str, source_language: str = ""
) -> tuple[dict[str, str], tuple[Missing, ...]]:
    """The files of a template in ``lang``, and what nobody has translated.

    Args:
        parts: the files' sources by their names.
        folders: where catalogues are.
        lang: the language that is wanted.
        source_language: that of files which name none; without it, as the catalogues say.

    Raises:
        Invalid: a catalogue cannot be read.
        TemplateSyntaxError: a file cannot be parsed.
    """
    unnamed = source_language or written_in(folders)
    foreign = {file for file, source in parts.items() if (language_of(file, source) or unnamed) not in ("", lang)}
    if not foreign:
        return dict(parts), ()
    known = catalogue(folders, lang)
    result: dict[str, str] = {}
    missing: list[Missing] = []
    for file, source in parts.items():
        result[file], lacking = translated(file, source, known) if file in foreign else (source, ())
        missing += [Missing(file, phrase) for phrase in lacking]
    return result, tuple(missing)


def translated(file: str, source: str, known: Catalogue) -> tuple[str, tuple[Phrase, ...]]:
    """The ``source`` of the template ``file`` with the translations in place, and the phrases that have none.

    Raises:
        TemplateSyntaxError: it cannot be parsed.
    """
    pieces: list[str] = []
    missing: list[Phrase] = []
    done = 0
    for phrase in phrases(file, source):
        said = known.get(file, phrase)
        if not said:
            missing.append(phrase)
            continue
        pieces += [source[done : phrase.start], _quoted(said) if phrase.form == "literal" else said]
        done = phrase.end
    return "".join([*pieces, source[done:]]), tuple(missing)


def _quoted(said: str) -> str:
    return said.replace("\\", "\\\\").replace('"', '\\"').replace("'", "\\'")


def flaws(phrase: Phrase, said: str) -> Iterator[Message]:
    """What is wrong with ``said`` as a translation of ``phrase``: it must print the same data, and nothing more."""
    if phrase.form == "literal":
        return
    try:
        parse("", said)
        have = _Printing(said)
    except TemplateSyntaxError as fault:
        yield Message("the translation cannot be used: {why}", why=fault.message or "")
        return
    if not _is_markup(said, phrase.form):
        yield Message("the markup of the translation is not well formed")
    want = _Printing(phrase.text)
    for key in want.data.keys() - have.data.keys():
        yield Message("the translation leaves out {what}", what=want.data[key])
    more = [have.data[key] for key in have.data.keys() - want.data.keys() - want.words.keys()]
    for what in more:
        yield Message("the translation prints {what}, which the text does not", what=what)
    for name in sorted(have.names - want.names):
        if not any(name in what for what in more):
            yield Message("the translation names {name}, which the text does not", name=name)


class _Printing:
    """What a phrase prints: data, with the expressions that print them; names of words, which may be left out."""

    def __init__(self, text: str) -> None:
        self.data: dict[str, str] = {}
        self.words: dict[str, str] = {}
        self.names: set[str] = set()
        for token in tokens(text, 0, len(text)):
            piece = text[token.start : token.end]
            if token.kind == "statement" and token.name in ("if", "elif", "for"):
                closed = re.sub(r"^(\{%[-+]?\s*)elif", r"\1if", piece)
                tree = parse("", closed + "{% end" + ("for" if token.name == "for" else "if") + " %}")
                self.names |= set(_paths(tree))
                self.data[_skeleton(tree)] = piece
            elif token.kind == "expression":
                tree = parse("", piece)
                self.names |= set(_paths(tree))
                value = next(iter(tree.find_all(nodes.Output))).nodes[0]
                if _is_word(value):
                    continue
                named = isinstance(value, nodes.Name) or (isinstance(value, nodes.Call) and not value.args)
                (self.words if named else self.data)[_skeleton(tree)] = piece


def _skeleton(tree: nodes.Template) -> str:
    """An expression without the texts in it, which a translator may change."""
    for constant in constants(tree):
        constant.value = ""
    return repr(tree)


def _is_word(node: nodes.Node | None) -> bool:
    """Whether an expression prints nothing but words: ``"week" if weeks == 1 else "weeks"``."""
    match node:
        case None | nodes.Const(value=str()):
            return True
        case nodes.CondExpr():
            return _is_word(node.expr1) and _is_word(node.expr2)
        case nodes.Concat():
            return all(_is_word(part) for part in node.nodes)
    return False


def _paths(tree: nodes.Node) -> Iterator[str]:
    """The names that an expression reads, each as far as it is followed by dots."""
    for node in tree.iter_child_nodes():
        if isinstance(node, nodes.Name | nodes.Getattr) and "…" not in (path := written(node)) and "(" not in path:
            yield path
        else:
            yield from _paths(node)


def _is_markup(said: str, form: str) -> bool:
    pieces, quoted = [], '"'
    for token in tokens(said, 0, len(said)):
        piece = said[token.start : token.end]
        if token.kind == "tag" and token.name not in INLINE:
            return False
        if token.kind in ("text", "tag"):
            pieces.append(piece)
    text = "".join(pieces)
    if form == "attribute" and (quoted in text or "<" in text):
        return False
    try:
        expat.ParserCreate().Parse(f"<p>{text}</p>", True)
    except expat.ExpatError:
        return False
    return True


def check(parts: Mapping[str, str], folders: Sequence[Path], lang: str) -> Iterator[Problem]:
    """What is wrong with a template's translation into ``lang``: what is missing, and what says something else.

    Args:
        parts: the template's files by their names.
        folders: where catalogues are.
        lang: the language.
    """
    known, unnamed = catalogue(folders, lang), written_in(folders)
    for file, source in parts.items():
        if (language_of(file, source) or unnamed) == lang:
            continue
        for phrase in phrases(file, source):
            said = known.get(file, phrase)
            if not said:
                message = Message("“{text}” is not translated into {lang}.", text=short(phrase.text), lang=lang)
                yield Problem(f"{file}:{phrase.line}", message)
            for flaw in flaws(phrase, said) if said else ():
                message = Message("“{text}”: {flaw}.", text=short(phrase.text), flaw=flaw)
                yield Problem(known.place(file, phrase), message)


_SHOWN: Final = 60


def short(text: str) -> str:
    """The beginning of a phrase, for messages."""
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def updated(path: Path, templates: Collection[Path], elsewhere: Sequence[Path] = ()) -> bytes:
    """The catalogue at ``path``, brought up to date with what ``templates`` say.

    New phrases come in without a translation. One that nothing says any more is kept as obsolete: documents that were
    issued from an earlier template say it still.

    Args:
        path: the catalogue; it need not be there yet.
        templates: the files whose phrases it has.
        elsewhere: folders whose catalogues translate already what need not stand in this one.

    Raises:
        Invalid: a catalogue cannot be read.
        TemplateSyntaxError: a template cannot be parsed.
    """
    from babel.messages.catalog import Catalog  # only for whoever translates
    from babel.messages.catalog import Message as Entry
    from babel.messages.pofile import read_po, write_po

    before = path.read_bytes() if path.is_file() else b""
    old = read_po(BytesIO(before))
    own = {(entry.context or "", entry.id): entry for entry in (*old.obsolete.values(), *old) if entry.id}
    done = catalogue(elsewhere, path.stem)
    places: dict[Key, list[str]] = {}
    for template in sorted(templates):
        for phrase in phrases(template.name, template.read_text(encoding="utf-8")):
            keys = [(context, phrase.text) for context in _contexts(template.name, phrase)]
            key = next((key for key in keys if key in own), keys[-1])
            if key in own or not done.get(template.name, phrase):
                files = places.setdefault(key, [])
                files += [template.name] if template.name not in files else []
    new = Catalog()
    for (context, text), files in places.items():
        known = own.pop((context, text), None)
        new.add(
            text,
            known.string if known else "",
            locations=[(file, None) for file in files],  # type: ignore[misc]  # no lines: they change too often
            flags=known.flags if known else (),
            user_comments=known.user_comments if known else (),
            context=context or None,
        )
    for (context, text), entry in own.items():
        if entry.string:
            new.obsolete[text, context] = Entry(text, entry.string, context=context or None)
    said = _WRITTEN_IN.search(before)
    language = said[1].decode() if said else written_in(elsewhere)
    result = BytesIO(_HEADER.format(lang=path.stem, written=language).encode())
    result.seek(0, 2)
    write_po(result, new, width=110, omit_header=True)
    return result.getvalue()
