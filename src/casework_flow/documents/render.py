"""From a template and a case's data to the strict XML that the writers take.

Templates are run in Jinja2's immutable sandbox with autoescape, so that what a person typed stays text.
A value that is not recorded cannot slip into a document as an empty space: printing it refuses the issue and
names the field.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, cast

from jinja2 import BaseLoader, DictLoader, TemplateError, TemplateSyntaxError, meta, nodes
from jinja2.environment import Template

from ..additions import NOTHING, Additions
from ..errors import CaseworkError, Faulty, Lack, NotFound, did_you_mean
from ..messages import Message, Sayable
from . import markup, translation
from .identity import IDENTITIES, Identity
from .kept import Kept
from .language import filters
from .sandbox import Sandbox, place, reason, run
from .sections import paths_by_section
from .shown import MARKING, OWN, Chosen, Missing, marked, printing, show

RENDERER: Final = "2"
"""The version of everything that turns data into XML; raise it when the same data would give other XML."""

SUFFIX: Final = ".xml.j2"
WORD_SUFFIX: Final = ".docx"


class IncompleteDocument(Faulty):
    """A document cannot be issued because values are missing; ``problems`` lists them all. Record them, try again."""

    code = "incomplete"
    problems: tuple[Lack, ...]

    def __init__(self, message: Sayable, problems: Sequence[Lack] = ()) -> None:
        super().__init__(message, problems)


class TemplateFault(CaseworkError):
    """A template cannot be used; correct the line that is named, or remove the office's own version."""

    code = "template"


FAILURES: Final = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RuntimeError)
"""What a template's own expressions may raise."""


class Templates:
    """The templates of an office: its own folder first, then the shipped one."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = tuple(folders)
        self._bundles = Kept()

    def names(self) -> tuple[str, ...]:
        """The documents for which there is a template."""
        found = {path.name.removesuffix(SUFFIX) for folder in self.folders for path in folder.glob(f"*{SUFFIX}")}
        return tuple(sorted(name for name in found if not name.startswith("_")))

    def bundle(self, name: str, lang: str = "") -> str:
        """A template with every part that it imports, as the JSON text that is stored with the document.

        A Word template of the same name goes with it: that writes the document's DOCX and PDF, this all else.

        Args:
            name: the document's name.
            lang: the language that it must be in; without it, that in which it is written.

        Raises:
            NotFound: there is no such template.
            Invalid: the Word template or a catalogue cannot be read.
            TemplateFault: it has a syntax error, or is not translated into ``lang``.
        """
        return self._bundles.get((name, lang), lambda: self._bundle(name, lang))

    def _bundle(self, name: str, lang: str) -> tuple[str, list[Path]]:
        """The template as it is now, and what it depends on."""
        read = [*self.folders, *(path for folder in self.folders for path in folder.glob(f"*{translation.SUFFIX}"))]
        parts: dict[str, str] = {}
        wanted = [name + SUFFIX]
        while wanted:
            file = wanted.pop()
            if file in parts:
                continue
            path, parts[file] = self._source(file)
            read.append(path)
            for other in _referenced(file, parts[file]):
                if other is None:
                    raise TemplateFault(Message("{file} imports a template whose name is not fixed.", file=file))
                wanted.append(other)
        own = [path for folder in self.folders if (path := folder / f"{name}{WORD_SUFFIX}").is_file()]
        if lang:
            parts = self._translated(name, parts, lang)
        bundle: dict[str, Any] = {"main": name + SUFFIX, "parts": parts}
        if own:
            from .wordfile import read_file  # only where an office has one

            bundle["word"] = b64encode(read_file(own[0], own[0].name)).decode("ascii")
        return json.dumps(bundle, sort_keys=True, ensure_ascii=False), [*read, *own]

    def translated(self, bundle: str, source_language: str, lang: str) -> str:
        """A stored template in another language, as the catalogues have it now; its Word template stays behind.

        Args:
            bundle: the template with its parts.
            source_language: the language that it is in.
            lang: the language that it must be in.

        Raises:
            Invalid: a catalogue cannot be read.
            TemplateFault: it is not translated.
        """
        stored = json.loads(bundle)
        parts = self._translated(stored["main"].removesuffix(SUFFIX), stored["parts"], lang, source_language)
        return json.dumps({"main": stored["main"], "parts": parts}, sort_keys=True, ensure_ascii=False)

    def _translated(
        self, name: str, parts: Mapping[str, str], lang: str, source_language: str = ""
    ) -> dict[str, str]:
        result, missing = translation.in_language(parts, self.folders, lang, source_language)
        if not missing:
            return result
        first = missing[0]
        raise TemplateFault(
            Message(
                "The template of {document} is not in the language {lang}: {count} of its texts are not translated, "
                "the first in {place}: “{text}”. casework template translate {document} --to {lang} lists them all "
                "for a translator.",
                document=name,
                lang=lang,
                count=len(missing),
                place=f"{first.file}:{first.phrase.line}",
                text=translation.short(first.phrase.text),
            )
        )

    def _source(self, file: str) -> tuple[Path, str]:
        for folder in self.folders:
            path = folder / file
            if "/" not in file and path.is_file():
                try:
                    return path, path.read_text(encoding="utf-8")
                except UnicodeDecodeError:
                    raise TemplateFault(Message("The template {file} is not UTF-8 text.", file=file)) from None
        name = file.removesuffix(SUFFIX)
        hint = did_you_mean(name, self.names())
        raise NotFound(Message("There is no template for the document {name}. {hint}", name=name, hint=hint or ""))


def word_of(bundle: str) -> str:
    """The Word template in a stored template, as base64 text; empty where there is none."""
    return str(json.loads(bundle).get("word", "")) if bundle else ""


@lru_cache(maxsize=64)
def digest_of(bundle: str) -> str:
    """The digest by which a stored template is known."""
    return hashlib.sha256(bundle.encode()).hexdigest()


@lru_cache(maxsize=256)
def identity_of(bundle: str) -> Identity:
    """How the client is named unless somebody asks otherwise: what the template sets as ``identity``."""
    for node in _main(bundle).find_all(nodes.Assign):
        if isinstance(node.target, nodes.Name) and node.target.name == "identity":
            value = node.node
            if isinstance(value, nodes.Const) and value.value in IDENTITIES:
                return cast(Identity, value.value)
    return "initials"


def render(
    bundle: str, facts: Mapping[str, Any], lang: str, name: str, blank: str = "", added: Additions = NOTHING
) -> str:
    """The XML of a document.

    Args:
        bundle: the template with its parts (``Templates.bundle``).
        facts: the names that the template may use.
        lang: the language of the document.
        name: the document's name, for messages.
        blank: what a draft prints for a value that is missing; without it, the document is refused.
        added: the filters and names that the host adds.

    Raises:
        IncompleteDocument: values or sections that the document needs are empty; all of them are named.
        TemplateFault: the template is wrong.
    """
    try:
        template, names = _template(bundle, lang, bool(blank), added)
        xml = run(template, {key: show(value, key, blank) for key, value in facts.items() if key in names})
    except Missing as missing:
        raise _incomplete(bundle, facts, lang, name, added, missing.path) from None
    except TemplateError as fault:
        raise _fault(name, fault) from None
    except FAILURES as fault:
        why = reason(fault)
        raise TemplateFault(
            Message("The template of {document} failed: {why}.", document=place(fault, name), why=why)
        ) from fault
    root = markup.read(xml)
    if not blank and any(markup.empty_sections(root)):
        raise _incomplete(bundle, facts, lang, name, added)
    return xml


def _incomplete(
    bundle: str, facts: Mapping[str, Any], lang: str, name: str, added: Additions, first: str | None = None
) -> IncompleteDocument:
    """The refusal with everything that is missing, found by rendering once more; ``first`` was found already."""
    try:
        template, names = _template(bundle, lang, True, added)
        xml = run(template, {key: show(value, key, MARKING) for key, value in facts.items() if key in names})
        empty = list(markup.empty_sections(markup.read(xml)))
    except (Missing, TemplateError, CaseworkError, *FAILURES):  # it was written for values that are there
        xml, empty = "", []
    lacks = [lack(name, path) for path in marked(xml) or ([first] if first else [])]
    known = paths_by_section(_main(bundle)) if empty else {}
    for title in empty:
        said = Message(
            "The document {document} has nothing to say under {section}: a record is missing.",
            document=name,
            section=title,
        )
        lacks.append(Lack("", said, document=name, paths=known.get(title, ()), section=title))
    return incomplete(name, lacks)


def incomplete(name: str, lacks: Sequence[Lack]) -> IncompleteDocument:
    """The refusal of the document ``name`` that has these ``lacks``."""
    if len(lacks) == 1:
        return IncompleteDocument(lacks[0].message, lacks)
    said = Message("The document {document} lacks {count} values.", document=name, count=len(lacks))
    return IncompleteDocument(said, lacks)


def lack(name: str, path: str) -> Lack:
    """That the document ``name`` prints the value at ``path``, which is not recorded."""
    said = Message("The document {document} needs {field}, which is not recorded.", document=name, field=path)
    return Lack(path, said, document=name, paths=(path,))


@lru_cache(maxsize=64)
def _template(bundle: str, lang: str, draft: bool, added: Additions) -> tuple[Template, frozenset[str]]:
    """A stored template, and the names that it and its parts look up."""
    stored = json.loads(bundle)
    environment = sandbox(lang, DictLoader(stored["parts"]), draft=draft, added=added)
    template = environment.get_template(stored["main"])
    sought = [meta.find_undeclared_variables(environment.parse(source)) for source in stored["parts"].values()]
    return template, frozenset[str]().union(*sought)


def sandbox(
    lang: str, loader: BaseLoader | None = None, *, draft: bool = False, added: Additions = NOTHING
) -> Sandbox:
    """Where a stranger's template may run: what is printed is escaped, and ``lang`` says how things are written."""
    environment = _sandbox(loader)
    if draft:
        environment.undefined = Chosen
    environment.filters.update({name: printing(function) for name, function in filters(lang).items()})
    environment.filters.update({name: printing(one.call, one) for name, one in added.filters.items()})
    environment.globals.update({name: show(value, name) for name, value in added.globals.items()})
    environment.globals["lang"] = lang
    return environment


def _sandbox(loader: BaseLoader | None = None) -> Sandbox:
    return Sandbox(own=OWN, loader=loader)


@lru_cache(maxsize=256)
def _referenced(file: str, source: str) -> tuple[str | None, ...]:
    """The templates that ``source`` imports: parsed once for each text, not for each document."""
    return tuple(meta.find_referenced_templates(_parse(file, source)))


def _main(bundle: str) -> nodes.Template:
    stored = json.loads(bundle)
    return _parse(stored["main"], stored["parts"][stored["main"]])


def _parse(file: str, source: str) -> nodes.Template:
    try:
        return _sandbox().parse(source, filename=file)
    except TemplateSyntaxError as fault:
        raise _fault(file, fault) from None


def _fault(name: str, fault: TemplateError) -> TemplateFault:
    line = getattr(fault, "lineno", None)
    where = f"{name}:{line}" if line else place(fault, name)
    return TemplateFault(Message("The template {place} cannot be used: {why}.", place=where, why=reason(fault)))
