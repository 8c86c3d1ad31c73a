"""The command line. A verb's module is imported when the verb is used, so that ``--help`` stays quick."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Final

import click

from ..errors import CaseworkError
from ..messages import Message
from .app import App, Result, Usage
from .failures import DONE, Unexpected, Unusable, fail, reason, usage
from .grammar import Entry, Option, Verbs

VERBS: Final = {
    "init": Entry(
        Message("make a project: the office's profile and its database"),
        "offices:init",
        heading=Message("The office"),
    ),
    "demo": Entry(Message("see a whole case, with every document it gives"), "offices:demo"),
    "staff": Entry(
        Message("the members of staff"),
        below={
            "add": Entry(Message("add somebody"), "offices:staff_add"),
            "change": Entry(Message("change somebody's name, role or supervisor"), "offices:staff_change"),
            "list": Entry(Message("show everybody"), "offices:staff_list"),
        },
    ),
    "workflow": Entry(
        Message("the programmes that cases can live by"),
        below={
            "list": Entry(Message("show every programme"), "workflows:workflow_list"),
            "show": Entry(Message("show what a programme demands"), "workflows:workflow_show"),
            "copy": Entry(Message("begin a programme of the office's own"), "workflows:workflow_copy"),
            "check": Entry(Message("find what can never work in a workflow file"), "workflows:workflow_check"),
            "diagram": Entry(Message("draw a programme"), "workflows:workflow_diagram"),
            "upgrade": Entry(Message("move running cases to a newer version"), "workflows:workflow_upgrade"),
        },
    ),
    "template": Entry(
        Message("what the documents are made from"),
        below={
            "list": Entry(Message("show every template"), "templates:template_list"),
            "show": Entry(Message("print a template's source"), "templates:template_show"),
            "eject": Entry(Message("copy a shipped template, to change it"), "templates:template_eject"),
            "translate": Entry(Message("prepare own templates for a translator"), "templates:template_translate"),
            "check": Entry(Message("find what is wrong in templates"), "templates:template_check"),
            "preview": Entry(Message("write a draft from a template"), "templates:template_preview"),
        },
    ),
    "open": Entry(Message("open a case and print its number"), "cases:open_case", heading=Message("Work in a case")),
    "record": Entry(Message("add a record, or correct one"), "cases:record"),
    "edit": Entry(Message("open a record in your editor"), "entering:edit"),
    "finance": Entry(Message("enter income and expenses in one line"), "entering:finance"),
    "session": Entry(Message("enter a visit in one line"), "entering:session"),
    "new-file": Entry(Message("print an empty form of a record, to fill in"), "cases:new_file"),
    "status": Entry(Message("where a case stands, and what each move still needs"), "reading:status"),
    "approve": Entry(Message("approve somebody's work, or a move that was asked for"), "cases:approve"),
    "reject": Entry(Message("reject it"), "cases:reject"),
    "advance": Entry(Message("the forward move, with the documents of the stage"), "cases:advance"),
    "move": Entry(Message("another move of the workflow"), "cases:move"),
    "close": Entry(Message("close a case, early or in the end"), "cases:close"),
    "register": Entry(Message("enter the number of a letter"), "printing:register"),
    "reissue": Entry(Message("issue a document again after its record was corrected"), "printing:reissue"),
    "hand-over": Entry(Message("give cases to another worker"), "caseload:hand_over"),
    "today": Entry(
        Message("a day's work: visits, what is late, approvals"), "caseload:today", heading=Message("The caseload")
    ),
    "board": Entry(Message("the stages as columns"), "caseload:board"),
    "tui": Entry(Message("the board and the cases on the full screen"), "tui:tui"),
    "list": Entry(Message("the caseload"), "caseload:list_cases"),
    "due": Entry(Message("what is late or soon will be"), "caseload:due"),
    "search": Entry(Message("find a case by name, number, NIK or telephone"), "caseload:search"),
    "show": Entry(Message("what is recorded in a case"), "reading:show"),
    "approvals": Entry(Message("what waits for your approval, and what has changed in it"), "caseload:approvals"),
    "workload": Entry(Message("who has how much to do"), "caseload:workload"),
    "history": Entry(
        Message("who did what, when, with which guards"), "reading:history", heading=Message("Read and check")
    ),
    "documents": Entry(Message("the documents that a case has issued"), "printing:documents"),
    "document": Entry(Message("write one document: PDF, Word, HTML, text or XML"), "printing:document"),
    "draw": Entry(Message("draw the family, its surroundings, the finance book or the course"), "drawing:draw"),
    "report": Entry(Message("what the office did in a period: counts, times, results"), "reports:report"),
    "verify": Entry(Message("check events and documents against their digests"), "reading:verify"),
    "reads": Entry(Message("who has read what over HTTP"), "keys:reads"),
    "export": Entry(
        Message("write cases out: whole, as tables, or as an event log"),
        "exchange:export",
        heading=Message("In and out"),
    ),
    "import": Entry(Message("take cases in: an export, or a table of clients"), "exchange:import_cases"),
    "webhook": Entry(
        Message("other software that is told of events"),
        below={
            "add": Entry(Message("let other software be told of events"), "webhooks:webhook_add"),
            "list": Entry(Message("show who is told of what"), "webhooks:webhook_list"),
            "remove": Entry(Message("tell somebody nothing more"), "webhooks:webhook_remove"),
            "test": Entry(Message("send a message that tells of nothing"), "webhooks:webhook_test"),
        },
    ),
    "outbox": Entry(
        Message("what others are still to be told"),
        below={
            "list": Entry(Message("show it, with what went wrong"), "webhooks:outbox_list"),
            "replay": Entry(Message("let messages be sent anew"), "webhooks:outbox_replay"),
            "skip": Entry(Message("give a message up"), "webhooks:outbox_skip"),
        },
    ),
    "worker": Entry(Message("send what is due: once, or until it is stopped"), "webhooks:worker"),
    "serve": Entry(Message("the verbs over HTTP, for other programs"), "serving:serve"),
    "key": Entry(
        Message("the keys by which other programs come in"),
        below={
            "add": Entry(Message("make a key for a member of staff"), "keys:key_add"),
            "list": Entry(Message("show every key, without its secret"), "keys:key_list"),
            "revoke": Entry(Message("let a key open nothing any more"), "keys:key_revoke"),
        },
    ),
    "seal": Entry(
        Message("print the heads of all histories, to be kept elsewhere"),
        "stores:seal",
        heading=Message("The database"),
    ),
    "backup": Entry(Message("copy the database while others work"), "stores:backup"),
    "restore": Entry(Message("put a copy back where there is no database"), "stores:restore"),
    "rebuild": Entry(Message("write the cases anew from their histories"), "stores:rebuild"),
    "upgrade-db": Entry(Message("bring the database up to this version"), "stores:upgrade_db"),
    "completion": Entry(Message("completion with Tab in bash, zsh or fish"), "completion:completion"),
    "doctor": Entry(Message("what this installation is made of, and what is wrong with it"), "stores:doctor"),
}
"""Every verb, in the order of the help."""


def _version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        from importlib.metadata import version  # slow, and wanted here only

        click.echo(f"casework {version('casework-flow')}")
        ctx.exit()


@click.pass_obj
def _show(app: App, /, result: Result, **_: Any) -> None:
    """Print what a verb gave back: data on standard output, words about it on standard error."""
    if app.json and not isinstance(result.data, bytes):
        import json  # kept out of start-up: people and --help do without it

        click.echo(json.dumps(result.data, ensure_ascii=False))
    else:
        from .screen import Screen  # rich, for people only

        result.show(Screen(sys.stdout, app.lang))
    for note in result.notes:
        click.echo(app.say(note), err=True)
    if not app.json:
        for warning in result.warnings:
            click.echo(app.say(Message("Warning: {what}", what=warning)), err=True)
    if result.failure:
        raise result.failure


ROOT: Final = Verbs(
    "casework",
    VERBS,
    environment=True,
    params=[
        Option(
            "--version",
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_version,
            says=Message("the version of this software"),
        )
    ],
    more=Message(
        "Casework from the first visit to the closing letter: guarded stages, an honest history, documents."
    ),
    result_callback=_show,
)


def run(argv: Sequence[str]) -> int:
    """Carry out one command line; the exit code. Everything that can be foreseen ends here as words or JSON."""
    app = App.early(argv, os.environ)
    try:
        if any("\ud800" <= letter <= "\udfff" for word in argv for letter in word):
            raise Usage(Message("The command line is not UTF-8 text."))
        ROOT.main(list(argv), prog_name="casework", standalone_mode=False, obj=app)
    except click.Abort:
        return fail(app, Unusable(Message("Stopped; nothing more has been done.")))
    except click.ClickException as fault:
        return fail(app, usage(fault))
    except CaseworkError as error:
        return fail(app, error)
    except OSError as fault:
        why = (
            Message("{file}: {why}.", file=fault.filename, why=reason(fault))
            if fault.filename
            else Message("{why}", why=reason(fault))
        )
        return fail(app, Unusable(why))
    return DONE


def main() -> None:
    """The program ``casework``."""
    sys.excepthook = _unforeseen
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without ✓ shows ? instead of failing
    sys.exit(run(sys.argv[1:]))


def _unforeseen(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """An error that nobody foresaw, as a sentence; Python then ends with exit code 1."""
    app = App.early(sys.argv[1:], os.environ)
    if app.debug:
        sys.__excepthook__(kind, error, trace)
    fail(
        app,
        Unexpected(
            Message(
                "Something unforeseen went wrong ({error}); --debug shows where.", error=f"{kind.__name__}: {error}"
            )
        ),
    )
