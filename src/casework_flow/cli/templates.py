"""The verbs of the templates: where each comes from, how an office changes one, and whether it can be issued."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from ..errors import CaseworkError, Invalid, NotFound, Problem, Refused, did_you_mean
from ..messages import Message, Sayable, languages
from .app import App, Result, Usage
from .grammar import Argument, Option, verb

if TYPE_CHECKING:  # loaded when a verb runs, not for its help
    from ..document import Document
    from ..documents.render import Templates
    from ..office import Office
    from ..workflow import Issue, Workflow
    from .screen import Screen

FOLDER: Final = "templates"
OFFICE, SHIPPED = "office", "shipped"
ORIGINS: Final = {OFFICE: Message("the office"), SHIPPED: Message("shipped")}


def _which() -> Argument:
    return Argument(
        "name", metavar="NAME", says=Message("the template; casework template list shows which there are")
    )


@verb(
    more=Message("The office's own, in templates/ of the project, stands in the place of the shipped one."),
    example="casework template list",
)
def template_list(app: App) -> Result:  # noqa: ARG001  # every verb takes the options
    """The templates."""
    shelf = _Shelf()
    flows, _ = shelf.programmes()
    found = [{**shelf.about(name), "workflows": shelf.issuers(name, flows)} for name in shelf.templates.names()]
    return Result(found, lambda screen: _table(screen, found))


@verb(_which(), example="casework template show contract")
def template_show(app: App, name: str) -> Result:  # noqa: ARG001  # see template_list
    """The source of a template."""
    shelf = _Shelf()
    name = _bare(name)
    source = _text(shelf.file(name))
    return Result({**shelf.about(name), "source": source}, lambda _: click.echo(source, nl=False))


@verb(
    _which(),
    Option("--parts", is_flag=True, says=Message("copy what it imports too, to change that for all documents")),
    more=Message(
        "Copies the shipped template into templates/ of the project, where it may be changed; documents are issued "
        "from the copy from then on. What was issued before stays as it is. To go back, remove the copy. With "
        "--lang en the copy is in English."
    ),
    example="casework template eject contract",
)
def template_eject(app: App, name: str, parts: bool) -> Result:
    """Copy a shipped template into the project."""
    from ..documents.render import SUFFIX  # jinja2: see grammar
    from ..resources import shipped
    from .files import write

    shelf = _Shelf()
    name = _bare(name)
    shelf.file(name)
    if shelf.own is None:
        raise NotFound(
            Message(
                "There is no {file} in this folder or above it, so there is no project to copy the template into. "
                "Make one with casework init, or go into one.",
                file="casework.toml",
            )
        )
    source = shipped(FOLDER)
    if not (source / f"{name}{SUFFIX}").is_file():
        raise NotFound(Message("{name} is the office's own template; none like it is shipped.", name=name))
    if (shelf.own / f"{name}{SUFFIX}").exists():
        there = shelf.own / f"{name}{SUFFIX}"
        raise Refused(
            Message("{file} is there already and is not overwritten; remove it to begin afresh.", file=there)
        )
    wanted = [f"{name}{SUFFIX}"]
    lang, own = app.documents_lang, shelf.office.letter.language
    if lang not in (None, own):
        raise Refused(
            Message(
                "The office's documents are in the language {own} (language in casework.toml): a template in {lang} "
                "cannot take the place of one. Translate it: casework template translate --to {lang}",
                own=own,
                lang=lang,
            )
        )
    copies = _copies(source, name, lang)
    if parts:
        wanted += sorted(file for file in copies if file not in wanted and not (shelf.own / file).exists())
    shelf.own.mkdir(exist_ok=True)
    for file in wanted:
        write(shelf.own / file, copies[file].encode())
    data = {"template": name, "files": [str(shelf.own / file) for file in wanted]}
    next_step = Message("Change it, then look at it: casework template check {name}", name=name)

    def show(_: Screen) -> None:
        for file in data["files"]:
            click.echo(app.say(Message("{file} is written.", file=file)), err=True)
        click.echo(app.say(next_step), err=True)

    return Result(data, show)


def _copies(source: Path, name: str, lang: str | None) -> dict[str, str]:
    """The files of a shipped template; those that are in ``lang`` by translation say so."""
    import json

    from ..documents.render import Templates  # see template_eject

    templates = Templates([source])
    written: dict[str, str] = json.loads(templates.bundle(name))["parts"]
    asked: dict[str, str] = json.loads(templates.bundle(name, lang or ""))["parts"]
    mark = f'{{% set language = "{lang}" %}}\n'
    return {file: text if text == written[file] else mark + text for file, text in asked.items()}


@verb(
    Argument("names", metavar="NAME…", nargs=-1, says=Message("templates of the office; without any, all of them")),
    Option("--to", "lang", type=click.Choice(languages()), required=True, says=Message("the language")),
    more=Message(
        "Writes every text of the office's own templates that has no translation yet into a catalogue in templates/ "
        "of the project, where a translator fills in the msgstr; any program for gettext catalogues opens it. What "
        "is translated there already stays. The shipped templates are translated."
    ),
    example="casework template translate --to en",
)
def template_translate(app: App, names: tuple[str, ...], lang: str) -> Result:
    """A catalogue for the translator."""
    import json

    from ..documents import translation
    from ..documents.render import SUFFIX  # see template_eject
    from ..resources import shipped
    from .files import write

    shelf = _Shelf()
    own = sorted(shelf.own.glob(f"*{SUFFIX}")) if shelf.own else []
    if names:
        wanted = {file for name in names for file in json.loads(shelf.templates.bundle(_bare(name)))["parts"]}
        own = [path for path in own if path.name in wanted]
    own = [path for path in own if translation.language_of(path.name, _text(path)) != lang]
    if shelf.own is None or not own:
        raise Refused(Message("There are no templates of the office's own to translate; the shipped ones are."))
    target = shelf.own / f"{lang}{translation.SUFFIX}"
    write(target, translation.updated(target, own, [shipped(FOLDER)]))
    _, missing = translation.in_language({path.name: _text(path) for path in own}, shelf.templates.folders, lang)
    data = {"file": str(target), "templates": [path.name for path in own], "untranslated": len(missing)}
    words = Message("{file} is written; texts without a translation: {count}.", file=target, count=len(missing))
    next_step = Message("Fill in the msgstr, then check them: casework template check")

    def show(_: Screen) -> None:
        click.echo(app.say(words), err=True)
        if missing:
            click.echo(app.say(next_step), err=True)

    return Result(data, show)


@verb(
    Argument("names", metavar="NAME…", nargs=-1, says=Message("templates; without any, all of them")),
    more=Message(
        "Follows every name in a template through loops, macros and filters, in each programme that issues it, and "
        "renders it for generated cases: one filled to the brim with what people might type, and an empty one."
    ),
    example="casework template check contract",
)
def template_check(app: App, names: tuple[str, ...]) -> Result:
    """Whether templates can be issued."""
    shelf = _Shelf()
    flows, broken = shelf.programmes()
    wanted = [_bare(name) for name in names] or list(shelf.templates.names())
    for name in wanted:
        shelf.file(name)
    reports = [shelf.checked(name, flows) for name in dict.fromkeys(wanted)]
    unsound = [report.name for report in reports if report.findings]
    failure = UnsoundTemplate(Message("These templates cannot be used as they are: {names}.", names=unsound))
    data = [
        {
            **shelf.about(report.name),
            "workflows": report.issuers,
            "findings": [{"where": p.where, "message": app.say(p.message)} for p in report.findings],
        }
        for report in reports
    ]
    left_out = [
        Message("The workflow {name} has faults and was left out: casework workflow check {name}", name=name)
        for name in broken
    ]
    return Result(
        data, lambda screen: _reports(screen, reports), warnings=left_out, failure=failure if unsound else None
    )


@verb(
    _which(),
    Option(
        "-o", "--output", metavar="FILE", required=True, says=Message("where to write it: .pdf, .docx, .html or .txt")
    ),
    Option("--case", "number", metavar="CASE", says=Message("the case whose records are printed")),
    Option("--example", metavar="EXAMPLE", says=Message("the shipped example whose records are printed")),
    more=Message(
        "A draft of the document, as the template is now; nothing is issued and nothing is stored. Without --case, "
        "the records are those of a shipped example whose programme issues the document."
    ),
    example="casework template preview contract -o kontrak.pdf",
)
def template_preview(app: App, name: str, output: str, number: str | None, example: str | None) -> Result:
    """A document as a template would write it."""
    from .files import write
    from .printing import SUFFIXES, written

    name = _bare(name)
    form = SUFFIXES.get(Path(output).suffix.lower())
    if form is None:
        raise Usage(Message("{file} names no form: end it with {known}.", file=output, known=list(SUFFIXES)))
    if number and example:
        raise Usage(Message("Name a case or an example, not both."))
    shelf = _Shelf()
    shelf.file(name)
    if number:
        found, source = app.casework.draft(number, name, at=app.at, lang=app.documents_lang), number
    else:
        found, source = _from_example(shelf, name, example, app.documents_lang)
    write(Path(output), written(found, form))
    data = {"template": name, "from": source, "format": form, "file": output}
    words = Message("{file} is written, a draft with the records of {source}.", file=output, source=source)
    return Result(data, lambda _: click.echo(app.say(words), err=True))


class UnsoundTemplate(CaseworkError):
    """A template has faults; correct the lines that are named, or remove the office's own version."""

    code = "template"


@dataclass(frozen=True, slots=True)
class _Checked:
    """What was found in a template, and the programmes that issue it."""

    name: str
    issuers: list[str]
    findings: tuple[Problem, ...]


class _Shelf:
    """The templates and programmes of the project in which somebody stands; the shipped ones elsewhere."""

    def __init__(self) -> None:
        from .. import office
        from ..documents.render import Templates
        from ..extending import added
        from ..loader import Library
        from ..resources import shipped

        self.profile = office.find(Path.cwd())
        self.project = self.profile.parent if self.profile else None
        self.own = self.project / FOLDER if self.project else None
        self.templates: Templates = Templates([*([self.own] if self.own else []), shipped(FOLDER)])
        workflows = [self.project / "workflows"] if self.project else []
        self.library = Library([*workflows, shipped("workflows")], added())

    @property
    def office(self) -> Office:
        """The office whose letters these are; a nameless one where there is no project."""
        from .. import office

        return office.load(self.profile) if self.profile else office.Office(agency="Kantor Contoh")

    def file(self, name: str) -> Path:
        """The file of a template, the office's own first.

        Raises:
            NotFound: there is none.
        """
        from ..documents.render import SUFFIX

        for folder in self.templates.folders:
            if (folder / f"{name}{SUFFIX}").is_file():
                return folder / f"{name}{SUFFIX}"
        hint = did_you_mean(name, self.templates.names()) or ""
        raise NotFound(Message("There is no template for the document {name}. {hint}", name=name, hint=hint))

    def word(self, name: str) -> Path | None:
        """The office's own Word template of a document, if it has one."""
        from ..documents.render import WORD_SUFFIX

        path = self.own / f"{name}{WORD_SUFFIX}" if self.own else None
        return path if path and path.is_file() else None

    def about(self, name: str) -> dict[str, Any]:
        """The JSON form of a template, without its source."""
        file, word = self.file(name), self.word(name)
        return {
            "template": name,
            "from": OFFICE if file.parent == self.own else SHIPPED,
            "file": str(file),
            "word": str(word) if word else None,
        }

    def programmes(self) -> tuple[list[Workflow], list[str]]:
        """The programmes, and the names of those whose files cannot be read."""
        flows: list[Workflow] = []
        broken: list[str] = []
        for name in self.library.paths:
            try:
                flows.append(self.library.load(name))
            except Invalid:
                broken.append(name)
        return flows, broken

    def issuers(self, name: str, flows: Sequence[Workflow]) -> list[str]:
        """The programmes that issue a document."""
        from ..checking import issues_of

        return [flow.name for flow in flows if issues_of(flow, name)]

    def checked(self, name: str, flows: Sequence[Workflow]) -> _Checked:
        """What is wrong with a template in each programme that issues it; it is tried out in the first of them."""
        found = tuple(dict.fromkeys(self._faults(name, flows)))
        return _Checked(name, self.issuers(name, flows), found)

    def _faults(self, name: str, flows: Sequence[Workflow]) -> Iterator[Problem]:
        from .. import checking, trying
        from ..documents import translation

        issued = [(flow, issue) for flow in flows for issue in checking.issues_of(flow, name)]
        faults = [fault for flow, issue in issued for fault in checking.check_template(flow, issue, self.templates)]
        yield from faults
        if word := self.word(name):
            from ..documents import word as words  # only where an office has one

            for flow, issue in issued:
                yield from words.lint(word, checking.word_names(flow, issue), self.office.letter.language)
        if not issued:
            try:
                self.templates.bundle(name)
            except CaseworkError as fault:
                yield Problem(self.file(name).name, fault.message)
        elif not faults:
            yield from trying.attempt(*issued[0], self.templates, self.office)
            for lang in translation.languages([self.file(name).parent]):
                yield from self._translation_faults(name, issued, lang)

    def _translation_faults(
        self, name: str, issued: Sequence[tuple[Workflow, Issue]], lang: str
    ) -> Iterator[Problem]:
        """What is wrong with a template in one of the languages that the catalogues beside it are for."""
        import json

        from .. import checking, trying
        from ..documents import translation

        parts = json.loads(self.templates.bundle(name))["parts"]
        faults = list(translation.check(parts, self.templates.folders, lang))
        if not faults:
            for flow, issue in issued:
                faults += checking.check_template(flow, issue, self.templates, lang)
        if not faults:
            faults += trying.attempt(*issued[0], self.templates, self.office, lang)
        yield from faults


def _bare(name: str) -> str:
    """A template's name, which may be given as its file."""
    from ..documents.render import SUFFIX

    return Path(name).name.removesuffix(SUFFIX)


def _text(path: Path) -> str:
    from ..documents.render import TemplateFault

    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise TemplateFault(Message("The template {file} is not UTF-8 text.", file=path.name)) from None


def _from_example(shelf: _Shelf, name: str, example: str | None, lang: str | None) -> tuple[Document, str]:
    """The draft of a document with the most that an example records before its case is closed, and its name.

    It is in the language ``lang``; without it, in the office's.

    Raises:
        NotFound: there is no such example, or none issues the document.
    """
    import tempfile

    from ..casework import Casework
    from ..checking import issues_of
    from ..loader import Library
    from ..resources import shipped
    from ..values import Case
    from . import demo, project

    names = sorted(folder.parent.name for folder in shipped("examples").glob(f"*/{demo.WALK}"))
    if example and example not in names:
        hint = did_you_mean(example, names) or Message("There are: {names}.", names=names)
        raise NotFound(Message("There is no example {name}. {hint}", name=example, hint=hint))
    programmes = Library([shipped("workflows")])  # the examples were written for these
    for known in [example] if example else sorted(names, key=lambda known: known != demo.EXAMPLE):
        folder = shipped("examples") / known
        plan = demo.load_walk(folder)
        opened = next(step["workflow"] for step in plan["steps"] if step["do"] == "open")
        if not issues_of(programmes.load(opened), name):
            continue
        with tempfile.TemporaryDirectory() as scratch:
            walker = project.fill(Path(scratch), plan["office"])
            own = Casework(walker.office.database_url, office=shelf.office) if shelf.profile else walker
            best: Document | None = None
            number = ""
            for step in demo.walk(walker, folder):
                number = step.result.number if isinstance(step.result, Case) else number
                if not number or walker.case(number).status == "closed":
                    continue
                try:
                    best = own.draft(number, name, at=step.on, lang=lang)
                except NotFound:  # the case has passed it
                    continue
            if best:
                return best, known
    raise NotFound(
        Message("No example issues {name}: name one of your own cases with --case, or check the template.", name=name)
    )


def _table(screen: Screen, found: Sequence[dict[str, Any]]) -> None:
    headings = [Message("Template"), Message("From"), Message("Issued by")]
    rows = [(one["template"], _origin(one), ", ".join(one["workflows"])) for one in found]
    screen.table(headings, rows, fixed=(0,))


def _origin(one: dict[str, Any]) -> Sayable:
    origin = ORIGINS[one["from"]]
    return Message("{origin}, with a Word template", origin=origin) if one["word"] else origin


def _reports(screen: Screen, reports: Sequence[_Checked]) -> None:
    for report in reports:
        if report.findings:
            screen.item("✗", "bold red", Message("{file} has faults.", file=report.name), indent=0)
        elif report.issuers:
            screen.item("✓", "green", Message("{name} can be issued.", name=report.name), indent=0)
        else:
            words = Message(
                "{name} can be read; no programme issues it, so its names are not checked.", name=report.name
            )
            screen.item("!", "yellow", words, indent=0)
        for problem in report.findings:
            screen.item("✗", "red", problem.say(screen.lang))
