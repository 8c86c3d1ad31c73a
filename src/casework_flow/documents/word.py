"""Word templates: an office's own .docx with Jinja tags, checked when it is added, rendered in a child process.

The template is a stranger's program. It runs in the same sandbox as the other templates, and besides in a
process of its own, whose time and memory are limited, so that no loop in it can take the machine with it.
"""

from __future__ import annotations

import io
import json
import pickle
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from jinja2 import TemplateError, TemplateSyntaxError, nodes

from ..errors import CaseworkError, Invalid, Problem
from ..messages import Message, Sayable, Text, languages
from ..records.kinds import Kind
from .budget import measured
from .docx_base import CORE
from .docx_parts import core_properties, plain, zipped
from .docx_styles import W
from .render import FAILURES, TemplateFault, incomplete, lack, sandbox
from .render import WORD_SUFFIX as SUFFIX
from .sandbox import Sandbox, reason
from .shown import MARKING, Missing, marked, show
from .wordfile import MAX_XML, WordFile, read_file

SECONDS: Final = 10
"""How much processor time a template may take, and half of the time on the clock."""
_CODE_WIDTH: Final = 22  # millimetres
MEMORY: Final = 1_000_000_000
"""How many bytes of memory a template may take, Python and its libraries included."""

_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.S)
_PREFIX = re.compile(r"^(\{[{%#])(?:tr|tc|p|r)\s")
_SEALED = re.compile(r"\{\{\s*(?:qr|document\.seal)\b")
_EXCERPT = 60
_HELD = frozenset(
    {
        "styles", "settings", "theme", "fontTable", "webSettings", "numbering", "header", "footer", "footnotes",
        "endnotes", "image", "hyperlink", "font", "customXml", "customXmlProps", "stylesWithEffects",
    }
)  # fmt: skip


class WordError(CaseworkError):
    """A Word template could not be used on this machine; the shipped template writes the same document."""

    code = "word"


def lint(path: Path, names: Mapping[str, Kind] = MappingProxyType({}), lang: str = "id") -> list[Problem]:
    """Every fault of the Word template at ``path``, with the number and the text of its paragraph.

    Args:
        path: the file.
        names: everything that the template may name, and what it stands for; empty leaves names unchecked.
        lang: the language of its document.

    Raises:
        WordError: the extra for Word templates is not installed.
    """
    _needed()
    try:
        return list(_faults(read_file(path, path.name), path.name, names, lang))
    except Invalid as wrong:
        return list(wrong.problems)


def render(
    template: bytes,
    facts: Mapping[str, Any],
    lang: str,
    name: str,
    *,
    title: str,
    agency: str,
    at: date,
    seal: tuple[bytes, str] = (b"", ""),
    blank: str = "",
    draft: str = "",
) -> bytes:
    """The document that a Word template makes of a case.

    Args:
        template: the file.
        facts: the names that the template may use.
        lang: the language of the document.
        name: the document's name, for messages.
        title: what the file's properties give as its title.
        agency: what they give as its author; no person is named there.
        at: the date that they give as its creation.
        seal: the QR code by which a print can be checked, as PNG, and what it says; empty for what is not issued.
        blank: what a draft prints for a value that is missing; without it, the document is refused.
        draft: the word on each page of what is none of the issued documents.

    Raises:
        WordError: the extra for Word templates is not installed.
        IncompleteDocument: values that the document needs are not recorded; all of them are named.
        TemplateFault: the template is wrong, or takes too much time or memory.
        Invalid: the file is no Word document, or could run or fetch something.
    """
    _needed()
    faults = list(_faults(template, f"{name}{SUFFIX}", {}, lang))
    if faults:
        raise TemplateFault(
            Message("The template {place} cannot be used: {why}.", place=faults[0].where, why=faults[0].message)
        )
    try:
        done = subprocess.run(  # noqa: S603 - this module itself
            [sys.executable, "-P", "-m", __name__],
            input=pickle.dumps((template, dict(facts), lang, seal, blank, draft)),
            capture_output=True,
            timeout=2 * SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _too_much(name) from None
    head, _, made = done.stdout.partition(b"\n")
    if done.returncode or not head:
        raise _too_much(name)
    told = json.loads(head)
    if "missing" in told:
        raise incomplete(name, [lack(name, path) for path in told["missing"]])
    if "why" in told:
        raise TemplateFault(
            Message("The template {place} cannot be used: {why}.", place=f"{name}{SUFFIX}", why=Text(told["why"]))
        )
    return _finished(made, title, agency, lang, at)


def to_pdf(document: bytes) -> bytes:
    """A Word document as PDF, set by LibreOffice.

    Raises:
        WordError: LibreOffice is not installed here, or could not set the document.
    """
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        raise WordError(
            Message(
                "The PDF of a Word template needs LibreOffice, which is not installed here; "
                "install it, or write the document as DOCX."
            )
        )
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "document.docx"
        source.write_bytes(document)
        profile = f"-env:UserInstallation={(Path(folder) / 'profile').as_uri()}"
        command = [program, "--headless", profile, "--convert-to", "pdf", "--outdir", folder, str(source)]
        try:
            subprocess.run(command, capture_output=True, timeout=120, check=False)  # noqa: S603 - no shell
            return (Path(folder) / "document.pdf").read_bytes()
        except (subprocess.TimeoutExpired, OSError):
            raise WordError(Message("LibreOffice could not make a PDF of the document.")) from None


def _needed() -> None:
    if find_spec("docxtpl") is None:
        raise WordError(
            Message("Word templates need docxtpl, which is not installed: pip install 'casework-flow[word]'.")
        )


def _too_much(name: str) -> TemplateFault:
    return TemplateFault(
        Message("The template of {document} takes more time or memory than it may.", document=f"{name}{SUFFIX}")
    )


def _environment(lang: str, *, draft: bool = False) -> Sandbox:
    environment = sandbox(lang, draft=draft)
    environment.longest_source = MAX_XML
    return environment


# ---- checking ---------------------------------------------------------------------------------------------------


def _faults(data: bytes, file: str, names: Mapping[str, Kind], lang: str) -> Iterator[Problem]:
    """The faults of a template; ``Invalid`` is raised where the file itself is none that can be taken."""
    word = WordFile(data, file)
    parts = [word.main]
    for part in word.files:
        for kind, target, outside in word.relations(part).values():
            if part and not part.endswith(".rels") and kind not in _HELD:
                raise word.holds(kind)
            if kind in ("header", "footer", "footnotes") and not outside:
                parts.append(target)
    environment = _environment(lang)
    tags = ""
    for part in dict.fromkeys(parts):
        word.check_fields(part)
        yield from _part_faults(word, part, file, environment, names)
        tags += " ".join(tag for text in _paragraphs(word, part) for tag in _TAG.findall(text))
    if names and not _SEALED.search(tags):
        yield Problem(
            file,
            Message(
                "Nothing in it lets a print be checked: put {code} where the QR code shall stand, "
                "or {text} for its text.",
                code="{{ qr }}",
                text="{{ document.seal }}",
            ),
        )


def _part_faults(
    word: WordFile, part: str, file: str, environment: Sandbox, names: Mapping[str, Kind]
) -> Iterator[Problem]:
    paragraphs = _paragraphs(word, part)
    where = file if part == word.main else f"{file} ({part.rpartition('/')[2].removesuffix('.xml')})"

    def fault(number: int, why: Sayable) -> Problem:
        said = paragraphs[number - 1] if 0 < number <= len(paragraphs) else ""
        text = said if len(said) <= _EXCERPT else said[: _EXCERPT - 1] + "…"
        return Problem(f"{where}:{number}", Message("in the paragraph “{text}”: {why}", text=text, why=why))

    alone = False
    for number, text in enumerate(paragraphs, 1):
        for tag in _TAG.findall(text):
            if tag.startswith("{{"):
                try:
                    environment.parse(_PREFIX.sub(r"\1 ", tag))
                except TemplateSyntaxError as wrong:
                    alone = True
                    yield fault(number, _because(wrong))
    if alone:
        return
    source, lines = _source(word, part)
    try:
        tree = environment.parse(source)
        environment.compile(source)
    except TemplateSyntaxError as wrong:
        yield fault(_at(lines, wrong.lineno, paragraphs), _because(wrong))
        return
    refused: list[tuple[int, Sayable]] = [
        *(
            (node.lineno, Message("autoescape cannot be switched off or on here"))
            for node in tree.find_all((nodes.ScopedEvalContextModifier, nodes.EvalContextModifier))
        ),
        *(
            (node.lineno, Message("a Word template stands alone: it imports nothing"))
            for node in tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends))
        ),
    ]
    if names and not refused:
        from .templatecheck import check_file  # for whoever writes templates, not for documents
        from .templateparts import Parts

        for problem in check_file(part, Parts({part: source}), names, ()).problems:
            at = problem.where.rpartition(":")[2]
            refused.append((int(at) if at.isdigit() else 1, problem.message))
    for line, why in refused:
        yield fault(_at(lines, line, paragraphs), why)


def _because(wrong: TemplateSyntaxError) -> Message:
    return Message("this is no tag that can be read: {why}", why=reason(wrong))


def _paragraphs(word: WordFile, part: str) -> list[str]:
    """The text of each paragraph of a part, in its order."""
    return [
        "".join(node.text or "" for node in paragraph.iter(f"{{{W}}}t"))
        for paragraph in word.xml(part).iter(f"{{{W}}}p")
    ]


def _source(word: WordFile, part: str) -> tuple[str, list[str]]:
    """A part as the template engine reads it, a paragraph on each line, and the text of each line."""
    from docxtpl import DocxTemplate  # a quarter of a second: only where there is a Word template

    text = re.sub(r"\s*\n\s*", " ", word.files[part].decode("utf-8-sig"))
    source = DocxTemplate(io.BytesIO()).patch_xml(re.sub(r"<w:p([ >])", r"\n<w:p\1", text))
    return source, [re.sub(r"<[^>]+>", "", line) for line in source.split("\n")]


def _at(lines: list[str], line: int, paragraphs: list[str]) -> int:
    """The number of the paragraph that became ``line``; rows that are only a loop's tag are no lines any more."""
    said = lines[line - 1] if 0 < line <= len(lines) else ""
    tags = {_bare(tag) for tag in _TAG.findall(said)}
    near = [number for number, text in enumerate(paragraphs, 1) if tags & {_bare(tag) for tag in _TAG.findall(text)}]
    after = [number for number in near if number >= line - 1]
    return (after or near or [max(line - 1, 1)])[0]


def _bare(tag: str) -> str:
    """A tag without white space and without the letters that say what it stands for."""
    return "".join(_PREFIX.sub(r"\1 ", tag).split())


def _finished(made: bytes, title: str, agency: str, lang: str, at: date) -> bytes:
    """The same file each time, with properties that name no person."""
    with zipfile.ZipFile(io.BytesIO(made)) as file:
        parts: dict[str, str | bytes] = {name: file.read(name) for name in file.namelist()}
    types = parts["[Content_Types].xml"]
    (core,) = re.findall(
        rf'PartName="/([^"]+)" ContentType="{re.escape(CORE)}"',
        types.decode() if isinstance(types, bytes) else types,
    )
    parts[core] = core_properties(plain(title), plain(agency), lang, at.isoformat())
    return zipped(parts)


# ---- the child process --------------------------------------------------------------------------------------------


def _limit() -> None:
    if sys.platform != "win32":  # there the clock of the parent is the only limit
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _code(document: Any, png: bytes, said: str) -> Any:
    """The QR code for a place in the text; what it says stands in the picture's description too."""
    from docx.shared import Mm
    from docxtpl import InlineImage

    class Code(InlineImage):  # type: ignore[misc]  # docxtpl has no types
        def _insert_image(self) -> str:
            described = f"<wp:docPr descr={quoteattr(said)} "
            return str(super()._insert_image()).replace("<wp:docPr ", described, 1)

    return Code(document, io.BytesIO(png), width=Mm(_CODE_WIDTH))


def _mark(document: Any, word: str) -> None:
    """Put ``word`` at the head of each page."""
    for number, section in enumerate(document.docx.sections):
        headers = [section.header]
        if section.different_first_page_header_footer:
            headers.append(section.first_page_header)
        if document.docx.settings.odd_and_even_pages_header_footer:
            headers.append(section.even_page_header)
        for header in headers:
            if not (number and header.is_linked_to_previous):
                header.paragraphs[0].insert_paragraph_before().add_run(word).bold = True


def _child() -> None:
    """Render what the parent hands over, and answer with a line of JSON and the file."""
    from docxtpl import DocxTemplate

    _limit()
    given = pickle.loads(sys.stdin.buffer.read())  # noqa: S301 - from the parent process
    template, facts, lang, seal, blank, draft = given
    told: dict[str, Any] = {}
    out = io.BytesIO()

    def filled(missing: str) -> Any:
        document = DocxTemplate(io.BytesIO(template))
        names = {name: show(value, name, missing) for name, value in facts.items()}
        names["qr"] = _code(document, *seal) if seal[0] else ""
        with measured():
            document.render(names, _environment(lang, draft=bool(missing)))
        return document

    try:
        document = filled(blank)
        if draft:
            _mark(document, draft)
        document.save(out)
        with zipfile.ZipFile(out) as file:
            for name in file.namelist():
                if name.endswith(".xml"):
                    expat.ParserCreate().Parse(file.read(name), True)
    except Missing as missing:
        try:
            filled(MARKING).save(out)
            with zipfile.ZipFile(out) as file:
                paths = marked("".join(file.read(name).decode("utf-8", "replace") for name in file.namelist()))
        except (Missing, TemplateError, *FAILURES):  # it was written for values that are there
            paths = []
        told["missing"] = paths or [missing.path]
    except (TemplateError, *FAILURES) as wrong:
        why = reason(wrong)
        told["why"] = {lang: why.say(lang) for lang in languages()} if isinstance(why, Message) else {"": why}
    except expat.ExpatError as wrong:
        told["why"] = {"": expat.errors.messages.get(wrong.code, "")}
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + (b"" if told else out.getvalue()))


if __name__ == "__main__":
    _child()
