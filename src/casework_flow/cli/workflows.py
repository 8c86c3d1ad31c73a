"""The verbs of the programmes: which there are, what they demand, whether a file can be lived by."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from ..errors import CaseworkError, Invalid, NotFound, Refused
from ..messages import Message
from .app import App, Result, Usage
from .grammar import Argument, Option, verb

if TYPE_CHECKING:  # loaded when a verb runs, not for its help
    from ..loader import Library
    from ..workflow import Workflow

FORMS: Final = ("mermaid", "dot", "svg", "pnml")
SUFFIXES: Final = {
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
    ".md": "mermaid",
    ".dot": "dot",
    ".gv": "dot",
    ".svg": "svg",
    ".pnml": "pnml",
}


def _which() -> Argument:
    return Argument(
        "workflow", metavar="WORKFLOW", says=Message("the programme's name, or a file: workflows/mine.yaml")
    )


@verb(example="casework workflow list")
def workflow_list(app: App) -> Result:
    """The programmes."""
    from . import programmes

    library = _library()
    found = [_about(app, library, name) for name in library.paths]
    return Result(found, lambda screen: programmes.table(screen, found))


@verb(
    Argument("workflow", metavar="WORKFLOW", says=Message("the programme to begin from, or its file")),
    Argument("name", metavar="NAME", says=Message("the new programme's name: small letters, digits, dashes")),
    more=Message("The copy lies in the project's folder workflows, where it can be changed with any editor."),
    example="casework workflow copy casework pendampingan-lansia",
)
def workflow_copy(app: App, workflow: str, name: str) -> Result:  # noqa: ARG001  # every verb takes the options
    """A programme of the office's own."""
    from ..loader import load_file, load_text
    from .files import write

    project = _project()
    if project is None:
        raise NotFound(Message("A programme is copied into a project: go into one, or make one with casework init."))
    source, target = _path(_library(), workflow), project / "workflows" / f"{name}.yaml"
    if target.exists():
        raise Refused(Message("{file} is there already; nothing is overwritten.", file=target))
    load_file(source)
    text = re.sub(r"(?m)^workflow:.*$", f"workflow: {name}", source.read_text(encoding="utf-8"), count=1)
    load_text(text, target.name)
    target.parent.mkdir(exist_ok=True)
    write(target, text.encode())
    words = Message("{file} is written: change it, then check it.", file=str(target))

    def show(screen: Any) -> None:
        screen.line(words)
        screen.command(f"casework workflow check workflows/{name}.yaml", indent=2)

    return Result({"workflow": name, "file": str(target)}, show)


@verb(
    _which(),
    more=Message("Its stages, and what each of them, each move and each closing demands, in both languages."),
    example="casework workflow show pkh-economic",
)
def workflow_show(app: App, workflow: str) -> Result:  # noqa: ARG001  # every verb takes the options
    """What a programme demands."""
    from . import programmes

    flow = load(workflow)
    return Result(dict(flow.data), lambda screen: programmes.page(screen, flow))


@verb(
    Argument(
        "files", metavar="FILE…", nargs=-1, required=True, says=Message("workflow files, or names of programmes")
    ),
    Option("--witnesses", is_flag=True, says=Message("print the generated cases that pass, as YAML")),
    more=Message(
        "Finds what can never work, before anyone lives in it: stages that cannot be reached or left, requirements "
        "that nobody can meet or that contradict each other, documents without a template, texts in one language."
    ),
    example="casework workflow check workflows/mine.yaml",
)
def workflow_check(app: App, files: tuple[str, ...], witnesses: bool) -> Result:
    """Whether programmes can be lived by."""
    from ..checking import check
    from . import programmes

    library = _library()
    reports = [check(_path(library, file), _templates(), library.added) for file in files]
    unsound = [report.name for report in reports if not report.sound]
    failure = UnsoundWorkflow(Message("These workflows cannot be used as they are: {names}.", names=unsound))
    data = [report.as_data(app.lang) for report in reports]
    return Result(
        data,
        lambda screen: programmes.reports(screen, reports, witnesses=witnesses),
        failure=failure if unsound else None,
    )


@verb(
    _which(),
    Option("--format", "form", type=click.Choice(FORMS), says=Message("the form; without it, by the ending of FILE")),
    Option("-o", "--output", metavar="FILE", says=Message("where to write it; without it, standard output")),
    more=Message(
        "The stages and the moves between them, with the guards of each; as PNML, the Petri net in which the event "
        "logs of its cases replay."
    ),
    example="casework workflow diagram pkh-economic -o alur.svg",
)
def workflow_diagram(app: App, workflow: str, form: str | None, output: str | None) -> Result:
    """A programme as a drawing."""
    from .. import diagram, petrinet
    from .files import STDIN, write

    flow = load(workflow)
    form = form or _form_of(output)
    draw = {"mermaid": diagram.mermaid, "dot": diagram.dot, "svg": diagram.svg, "pnml": petrinet.pnml}[form]
    text = draw(flow, app.lang)
    if output in (None, STDIN):
        return Result({"format": form, "diagram": text}, lambda _: click.echo(text))
    write(Path(str(output)), text.encode())
    words = Message("{file} is written.", file=output)
    return Result({"format": form, "file": output}, lambda _: click.echo(app.say(words), err=True))


def _form_of(output: str | None) -> str:
    """The form that the ending of the file ``output`` names.

    Raises:
        Usage: it names none.
    """
    from .files import STDIN

    if output in (None, STDIN):
        return FORMS[0]
    suffix = Path(str(output)).suffix.lower()
    if suffix not in SUFFIXES:
        known = list(SUFFIXES)
        raise Usage(Message("{file} names no form: end it with {known}, or give --format.", file=output, known=known))
    return SUFFIXES[suffix]


@verb(
    Argument("workflow", metavar="WORKFLOW", says=Message("the programme's name")),
    Option("--dry-run", is_flag=True, says=Message("tell which cases would move, write nothing")),
    Option("--partly", is_flag=True, says=Message("move the cases that can, though others cannot")),
    more=Message(
        "A case keeps the version of its workflow with which it was opened. This moves the running cases to the "
        "version that the file has now; which cannot, and why, is told before anything is written."
    ),
    example="casework workflow upgrade pkh-economic --dry-run --as sup",
)
def workflow_upgrade(app: App, workflow: str, dry_run: bool, partly: bool) -> Result:
    """Move running cases to a newer version."""
    from . import programmes

    found = app.casework.upgrade(workflow, by=app.by, at=app.at, dry_run=dry_run, partly=partly)
    return Result(found.as_data(app.lang), lambda screen: programmes.upgraded(screen, found))


class UnsoundWorkflow(CaseworkError):
    """A workflow file has faults; correct the lines that are named."""

    code = "invalid"


def _project() -> Path | None:
    from .. import office

    profile = office.find(Path.cwd())
    return profile.parent if profile else None


def _library() -> Library:
    from ..extending import added
    from ..loader import Library
    from ..resources import shipped

    project = _project()
    return Library([*([project / "workflows"] if project else []), shipped("workflows")], added())


def _templates() -> list[Path]:
    from ..resources import shipped

    project = _project()
    return [*([project / "templates"] if project else []), shipped("templates")]


def _path(library: Library, name: str) -> Path:
    """The file of a programme, which may be given by its name."""
    if Path(name).is_file() or Path(name).suffix in (".yaml", ".yml"):
        return Path(name)
    if name not in library.paths:
        library.load(name)  # refuses, with the name that is near
    return library.paths[name]


def load(name: str) -> Workflow:
    """The programme of that name, or in that file."""
    from ..loader import load_file

    if Path(name).suffix in (".yaml", ".yml") or Path(name).is_file():
        return load_file(Path(name), _library().added)
    return _library().load(name)


def _about(app: App, library: Library, name: str) -> dict[str, Any]:
    about: dict[str, Any] = {
        "workflow": name,
        "version": None,
        "title": None,
        "stages": [],
        "file": str(library.paths[name]),
    }
    try:
        flow = library.load(name)
    except Invalid as fault:
        return {**about, "problem": "; ".join([app.say(fault.message), *(p.say(app.lang) for p in fault.problems)])}
    return {
        **about,
        "version": flow.version,
        "title": app.say(flow.title),
        "stages": list(flow.order),
        "problem": None,
    }
