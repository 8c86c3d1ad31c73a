"""What went wrong, as words or JSON, and the exit code that stands for it."""

from __future__ import annotations

import errno
import sys
from typing import Any, Final

import click

from ..errors import CaseworkError, Faulty, Invalid, Lack, NotFound, Problem, Refused, did_you_mean
from ..messages import Message, Sayable
from .app import App, Usage
from .grammar import Labelled, app_of

DONE: Final = 0
UNEXPECTED: Final = 1
EXIT_CODES: Final = {
    "usage": 2,
    "refused": 3,
    "incomplete": 3,
    "findings": 3,
    "not_found": 4,
    "conflict": 5,
    "invalid": 6,
    "template": 6,
}
"""The exit code of each kind of error, by its ``code``; every other one is ``UNEXPECTED``."""


_REASONS: Final = {
    errno.ENOENT: Message("there is no such file or folder"),
    errno.EACCES: Message("this user has no right to it"),
    errno.EPERM: Message("this user has no right to it"),
    errno.EROFS: Message("the disk or folder can only be read"),
    errno.ENOSPC: Message("the disk is full"),
    errno.EDQUOT: Message("the disk is full"),
    errno.EISDIR: Message("it is a folder, not a file"),
    errno.ENOTDIR: Message("a part of the path is a file, not a folder"),
    errno.EEXIST: Message("it is there already"),
    errno.ENAMETOOLONG: Message("the name is too long"),
}


class Findings(CaseworkError):
    """A check found something; the findings are on standard output."""

    code = "findings"


class Unusable(CaseworkError):
    """The machine refused a file or a stream; look at the reason."""

    code = "system"


class Unexpected(CaseworkError):
    """Nobody foresaw this; it is a fault of the software. Report it with what ``--debug`` shows."""

    code = "unexpected"


def reason(fault: OSError | UnicodeError) -> Sayable | str:
    """Why the system refused something: in our words where it is one of the usual reasons, else in its own."""
    if isinstance(fault, OSError):
        return _REASONS.get(fault.errno or 0) or fault.strerror or str(fault)
    return str(fault)


def fail(app: App, error: CaseworkError) -> int:
    """Tell of ``error`` on standard error, with ``--debug`` also in the words of what caused it; the exit code."""
    if app.debug and error.__cause__:
        print(error.__cause__, file=sys.stderr)  # noqa: T201
    if app.json:
        import json  # kept out of start-up

        print(json.dumps({"error": error_data(app, error)}, ensure_ascii=False), file=sys.stderr)  # noqa: T201
    else:
        _in_words(app, error)
    return EXIT_CODES.get(error.code, UNEXPECTED)


def error_data(app: App, error: CaseworkError) -> dict[str, Any]:
    """The JSON form of an error."""
    data: dict[str, Any] = {"code": error.code, "message": app.say(error.message)}
    if isinstance(error, Refused):
        from ..values import requirement_data  # the engine is loaded already where a refusal comes from

        data["unmet"] = [requirement_data(unmet, app.lang) for unmet in error.unmet]  # type: ignore[arg-type]
    if isinstance(error, Faulty):
        data["problems"] = [_problem_data(app, problem) for problem in error.problems]
    return data


def _problem_data(app: App, problem: Problem) -> dict[str, Any]:
    data: dict[str, Any] = {"where": problem.where, "message": app.say(problem.message)}
    if isinstance(problem, Lack):
        hints = _hints(app)
        data |= {
            "document": problem.document,
            "item": problem.item,
            "record": problem.record or None,
            "number": problem.number,
            "label": app.say(problem.label) if problem.label else None,
            "command": hints.supply(problem) if hints else None,
        }
    return data


def _hints(app: App) -> Any:
    from .hints import Hints  # the engine is loaded already where a refusal comes from

    return Hints.of(app)


def _in_words(app: App, error: CaseworkError) -> None:
    if isinstance(error, Usage | NotFound):
        click.echo(app.say(error.message), err=True)
        if app.form:
            click.echo(app.say(Message("An empty form of it: {command}", command=app.form)), err=True)
        return
    from .screen import Screen  # rich, for lists that wrap well

    screen = Screen(sys.stderr, app.lang)
    screen.line(error.message, "bold red")
    if isinstance(error, Faulty):
        _problems(app, screen, error)
    if app.form and isinstance(error, Invalid):
        command = app.form.partition(" > ")[0]  # what they have written so far must not be overwritten
        screen.line(Message("An empty form of it: {command}", command=command), "dim")
    if isinstance(error, Refused) and error.unmet:
        from .pages import requirements

        requirements(screen, error.unmet, _hints(app))  # type: ignore[arg-type]  # the engine's own
    if isinstance(error, Refused) and error.asked:
        screen.line(Message("Asked for with this: the approval of {what}.", what=list(error.asked)))


def _problems(app: App, screen: Any, error: Faulty) -> None:
    """Every problem; where a record mends several, its command stands once, below the last of them."""
    lacking = any(isinstance(problem, Lack) for problem in error.problems)
    hints = _hints(app) if lacking else None
    remedies = [hints.supply(p) if hints and isinstance(p, Lack) else None for p in error.problems]
    for place, problem in enumerate(error.problems):
        if problem.message != error.message:
            screen.item("✗", "red", problem.say(app.lang))
        if remedies[place] and remedies[place] not in remedies[place + 1 :]:
            screen.command(remedies[place])


def usage(fault: click.ClickException) -> Usage:
    """A fault that click found, in our words."""
    ctx = getattr(fault, "ctx", None)
    path = ctx.command_path if ctx else "casework"
    return Usage(Message("{what} See {help}.", what=_said(fault), help=f"{path} --help"))


def _said(fault: click.ClickException) -> Sayable:
    match fault:
        case click.NoSuchOption():
            known = [name for p in (fault.ctx.command.params if fault.ctx else ()) for name in p.opts]
            return _hinted(Message("There is no option {name}.", name=fault.option_name), fault.option_name, known)
        case click.MissingParameter(param=click.Parameter(type=click.Choice() as choice)):
            return Message("{name} is missing: one of {names}.", name=_name(fault), names=list(choice.choices))
        case click.MissingParameter():
            return Message("{name} is missing.", name=_name(fault))
        case click.BadOptionUsage():
            return Message("{name} needs a value.", name=fault.option_name)
        case click.BadParameter(ctx=click.Context() as ctx, param=click.Parameter(type=Labelled() as choice)):
            return Message(
                "{name} is one of these: {names}.", name=_name(fault), names=choice.listed(app_of(ctx).lang)
            )
        case click.BadParameter(param=click.Parameter(type=click.Choice() as choice)):
            names = [str(name) for name in choice.choices]
            return Message("{name} is one of these: {names}.", name=_name(fault), names=names)
        case click.BadParameter(param=click.Parameter(type=click.IntRange())):
            return Message("{name} is a whole number, from 1.", name=_name(fault))
    command = fault.ctx.command if isinstance(fault, click.UsageError) and fault.ctx else None
    if isinstance(fault, click.exceptions.NoSuchCommand):
        known = list(getattr(command, "table", ()))
        return _hinted(Message("There is no verb {name}.", name=fault.command_name), fault.command_name, known)
    if hasattr(command, "table"):
        return Message("A verb is missing.")
    return Message("{words}", words=fault.format_message())


def _hinted(what: Message, name: str, known: list[str]) -> Message:
    hint = did_you_mean(name, known)
    return Message("{what} {hint}", what=what, hint=hint) if hint else what


def _name(fault: click.BadParameter) -> str:
    if isinstance(fault.param, click.Argument):
        return fault.param.metavar or str(fault.param.name)
    return fault.param.opts[0] if fault.param else "?"
