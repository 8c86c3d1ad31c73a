"""The verbs of the office: its project folder, its staff, its programmes, the demonstration."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import click

from ..messages import Message
from ..office import Office
from ..staffing import unsupervised
from ..values import ROLES, Staff
from .app import App, Result
from .grammar import Argument, Labelled, Option, verb
from .words import ROLE_WORDS


@verb(
    Argument("folder", metavar="DIR", says=Message("the folder to make")),
    Option("--office", "agency", metavar="NAME", says=Message("the office's name, as its letters give it")),
    Option("--yes", is_flag=True, says=Message("ask nothing: every setting stays at its default")),
    more=Message(
        "On a terminal the office's profile is asked for, every question with a default, and shown as a letter. "
        "Everything can be changed later, in the file casework.toml of that folder."
    ),
    example='casework init dinas-sosial --office "Dinas Sosial Kabupaten Contoh"',
)
def init(app: App, folder: str, agency: str | None, yes: bool) -> Result:
    """Make a project."""
    from . import asking, project  # loaded when the verb runs, not for its help

    place = Path(folder)
    sample = None
    if asking.possible(app) and not yes:
        project.refuse_there(place)
        made, sample = _asked(app, place, agency)
    elif agency is None:
        raise asking.missing("--office", "casework init")
    else:
        made = project.create(place, {"agency": agency})
    data = {"folder": folder, "profile": str(place / "casework.toml"), "database": made.database}

    def show(screen: Any) -> None:
        screen.item("✓", "bold green", Message("{folder} is ready.", folder=folder), indent=0)
        if sample:
            screen.line(Message("A letter of the office, to look at: {file}", file=sample))
        screen.line(Message("Fill in the office's profile, then add the staff:"))
        screen.command(f"cd {shlex.quote(folder)}", indent=2)
        screen.command('casework staff add sup --name "…" --role supervisor', indent=2)

    return Result(data, show)


def _asked(app: App, folder: Path, agency: str | None) -> tuple[Office, Path]:
    """A project with the profile that somebody gives, and the file that shows it."""
    from . import letterhead  # see init
    from .asking import Asker
    from .files import write

    try:
        settings = letterhead.ask(Asker(app), agency)
    except (EOFError, KeyboardInterrupt):
        raise click.Abort from None
    made = letterhead.make(folder, settings)
    write(folder / letterhead.SAMPLE, letterhead.sample(made))
    return made, folder / letterhead.SAMPLE


@verb(
    Argument("folder", metavar="DIR", says=Message("a new or empty folder")),
    more=Message(
        "A case is led through all its stages, and every document of it is written. All persons are fictional."
    ),
    example="casework demo demo",
)
def demo(app: App, folder: str) -> Result:
    """A case from the first visit to the closing letter."""
    from .demo import run  # see init

    return run(app, Path(folder))


def _about_staff(*, required: bool) -> tuple[Option, ...]:
    return (
        Option(
            "--name", "full_name", metavar="TEXT", required=required, says=Message("the name as documents give it")
        ),
        Option(
            "--role",
            type=Labelled(ROLE_WORDS),
            metavar="ROLE",
            required=required,
            says=Message("what they are: {roles}", roles=ROLES),
        ),
        Option("--supervisor", metavar="NAME", says=Message("the short name of who supervises them")),
        Option("--nip", metavar="NIP", says=Message("the civil servant's number, 18 digits")),
        Option("--title", metavar="TEXT", says=Message("the position, as letters give it")),
    )


@verb(
    Argument("name", metavar="NAME", says=Message("a short name, for --as")),
    *_about_staff(required=True),
    example='casework staff add sup --name "Supervisor Contoh" --role supervisor',
)
def staff_add(app: App, name: str, **about: str) -> Result:
    """Add somebody to the staff."""
    casework = app.opened(new=True)
    known = {person.name for person in casework.all_staff()}
    by = app.actor if app.actor in known else None  # the first one is added by nobody
    added = casework.add_staff(name, **about, by=by, key=app.key)
    return _kept(added, Message("{name} is on the staff: {full_name}.", name=added.name, full_name=added.full_name))


@verb(
    Argument("name", metavar="NAME", says=Message("their short name, which stays")),
    *_about_staff(required=False),
    more=Message('What is not given stays as it is; "" takes a value away.'),
    example="casework staff change rina --supervisor sup",
)
def staff_change(app: App, name: str, **about: str | None) -> Result:
    """Change somebody's name, role or supervisor."""
    changed = app.casework.change_staff(name, **about, by=app.actor, key=app.key)
    return _kept(changed, Message("{name} is changed: {full_name}.", name=name, full_name=changed.full_name))


def _kept(person: Staff, words: Message) -> Result:
    warning = unsupervised(person)
    return Result(
        person.as_data(), lambda screen: screen.item("✓", "green", words, indent=0), [warning] if warning else []
    )


@verb(example="casework staff list")
def staff_list(app: App) -> Result:
    """Everybody."""
    from . import views  # see init

    found = app.casework.all_staff()
    return Result([person.as_data() for person in found], lambda screen: views.staff(screen, found))
