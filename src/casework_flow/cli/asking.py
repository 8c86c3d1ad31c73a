"""Asking on a terminal: questions, answers, and what somebody may say instead of an answer."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any, Final

from ..errors import CaseworkError, Invalid, Problem
from ..messages import Message, Sayable
from ..notation import Unclear
from ..records.blank import about
from ..records.types import RecordType
from . import answers, recordwords
from .app import App, Usage
from .drafts import Draft, context
from .interview import Interview, Question
from .screen import Screen, clean

BACK: Final = "<"
EXPLAIN: Final = "?"
STOP: Final = "."
CLEAR: Final = "-"
_PROMPT: Final = 60
"""Columns of a question that still leave room for the answer in its line."""
_SHOWN: Final = 40
"""Columns of a default beside its question."""


class Stopped(CaseworkError):
    """Somebody stopped before the end; what was answered is kept, and the same command goes on with it."""

    code = "stopped"


def possible(app: App) -> bool:
    """Whether somebody can be asked."""
    return not app.json and sys.stdin.isatty() and sys.stdout.isatty()


def missing(name: str, command: str) -> Usage:
    """An argument is missing, and nobody can be asked for it."""
    return Usage(
        Message(
            "{name} is missing. Name it, or give the command on a terminal, where it asks. See {help}.",
            name=name,
            help=f"{command} --help",
        )
    )


class Asker:
    """Somebody at a terminal, who reads one language."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.screen = Screen(sys.stdout, app.lang)
        import readline  # noqa: F401  # gives input() its keys; only where somebody is asked

    def line(self, prompt: Sayable | str, default: str = "") -> str:
        """One answer, without its line end.

        Raises:
            EOFError, KeyboardInterrupt: they want to stop.
        """
        said = prompt if isinstance(prompt, str) else self.app.say(prompt)
        hint = f" [{_cut(clean(' '.join(default.split())))}]" if default else ""
        if len(said) + len(hint) > _PROMPT:
            self.screen.line(f"{said}{hint}")
            return input("> ")
        return input(f"{clean(said)}{hint}: ")

    def text(self, label: Sayable, default: str = "", check: Callable[[str], None] = lambda _: None) -> str | None:
        """A text; Enter keeps the default, ``-`` takes it away; None is the way back.

        Args:
            label: what is asked.
            default: what stands there.
            check: raises ``Unclear`` where the answer cannot be used.
        """
        while True:
            given = self.line(label, default)
            if given.strip() == BACK:
                return None
            found = default if not given.strip() else "" if given.strip() == CLEAR else answers.literal(given)
            try:
                check(found)
            except Unclear as fault:
                self.fault(fault.message)
            else:
                return found

    def decide(self, question: Sayable, *, default: bool) -> bool | None:
        """Yes or no; None is the way back."""
        word = self.app.say(Message("yes") if default else Message("no"))
        while True:
            given = self.line(question, word).strip()
            if given == BACK:
                return None
            if not given:
                return default
            try:
                return answers.yes(given)
            except Unclear as fault:
                self.fault(fault.message)

    def fault(self, message: Sayable) -> None:
        """Tell what is wrong with an answer."""
        self.screen.item("✗", "red", message)

    def help(self) -> None:
        """How to answer, in short."""
        self.screen.line(Message("Enter keeps what stands in [ ], or skips the question."), "dim")
        self.screen.line(Message("< back   ? explains   - takes a value away   . stops, to go on later"), "dim")


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def ask(
    app: App,
    kind: RecordType,
    flow: Any,
    draft: Draft,
    record: Callable[[Any], Any],
    prior: Mapping[str, Any] | None = None,
) -> Any:
    """Ask for a record, show it, and record it when it is confirmed; what ``record`` gave.

    Each answer is kept in the ``draft`` at once. A fault that ``record`` finds leads back to its field.

    Raises:
        Stopped: somebody stopped; the draft is kept.
        CaseworkError: ``record`` refused for another reason than a fault in a field; the draft is kept.
    """
    asker = Asker(app)
    interview = _begun(asker, kind, flow, draft, prior)
    try:
        while True:
            _asked(asker, interview, draft)
            _summary(asker, interview)
            sure = asker.decide(Message("Record it?"), default=True)
            if sure is None:
                interview.back()
            elif not sure:
                raise EOFError
            else:
                try:
                    done = record(interview.content)
                except Invalid as fault:
                    _corrected(asker, interview, fault)
                else:
                    draft.remove()
                    return done
    except (EOFError, KeyboardInterrupt):
        asker.screen.line()
        raise Stopped(
            Message(
                "Stopped; nothing is recorded. Your answers are kept in {path}; the same command goes on.",
                path=draft.path,
            )
        ) from None
    except CaseworkError:
        asker.screen.line(Message("Your answers are kept in {path}.", path=draft.path))
        raise


def _begun(asker: Asker, kind: RecordType, flow: Any, draft: Draft, prior: Mapping[str, Any] | None) -> Interview:
    depends = context(asker.app, flow)
    asker.screen.heading(kind.title)
    asker.help()
    known = draft.answers()
    if known:
        asker.screen.line(
            Message("There is a draft with answers: {count} ({path}).", count=len(known), path=draft.path)
        )
        try:
            go_on = asker.decide(Message("Go on with it?"), default=True)
        except (EOFError, KeyboardInterrupt):
            raise Stopped(
                Message(
                    "Stopped; nothing is recorded. Your answers are kept in {path}; the same command goes on.",
                    path=draft.path,
                )
            ) from None
        if go_on is False:
            draft.remove()
            known = []
    return Interview(kind, depends, prior, known)


def _asked(asker: Asker, interview: Interview, draft: Draft) -> None:
    """Ask until nothing is left to ask."""
    trail: tuple[Sayable, ...] = ()
    explained = ""
    while (question := interview.question) is not None:
        if question.trail != trail and question.trail:
            asker.screen.line()
            asker.screen.line(" › ".join(asker.app.say(part) for part in question.trail), "bold")
        trail = question.trail
        if question.path != explained:
            _choices(asker, question)
            explained = question.path
        given = asker.line(_prompt(asker, question), _default(asker, interview)).strip("\r\n")
        fault: Sayable | None = None
        match given.strip():
            case "<":
                explained = ""
                if not interview.back():
                    fault = Message("This is the first question.")
            case "?":
                _explain(asker, interview)
            case ".":
                raise EOFError
            case "":
                fault = interview.give(interview.default)
            case "-" if question.asks == "value":
                fault = interview.give(None)
            case _:
                try:
                    fault = interview.give(_meant(interview, question, given))
                except Unclear as unclear:
                    fault = unclear.message
        draft.keep_answers(interview.answers)
        if fault:
            asker.fault(fault)


def _meant(interview: Interview, question: Question, given: str) -> Any:
    if question.asks != "value" or question.shape is None:
        return answers.yes(given.strip())
    return answers.value(given, question.shape, interview.kind.name, interview.context.today)


def _prompt(asker: Asker, question: Question) -> str:
    label = asker.app.say(question.shape.label) if question.shape else ""
    number = int(question.path.rpartition(".")[2]) + 1 if question.path[-1:].isdigit() else 0
    match question.asks:
        case "part":
            return asker.app.say(Message("{label}: fill it in?", label=label))
        case "more" if question.shape is None:
            return asker.app.say(Message("One more?"))
        case "more":
            return asker.app.say(Message("{label}: add number {number}?", label=label, number=number))
        case "keep":
            return asker.app.say(Message("{label}: keep number {number}?", label=label, number=number))
    if question.shape and question.shape.many:
        return f"{label} {number}"
    return f"{label} *" if question.shape and question.shape.required else label


def _default(asker: Asker, interview: Interview) -> str:
    question, value = interview.question, interview.default
    if question is None or (value is None and question.asks == "value"):
        return ""
    if question.asks != "value":
        return asker.app.say(Message("yes") if value else Message("no"))
    return recordwords.plain(question.shape, value, asker.app.lang)


def _choices(asker: Asker, question: Question) -> None:
    labels = question.shape.choice.labels if question.shape and question.shape.choice else {}
    said = [f"{number} {asker.app.say(label)}" for number, label in enumerate(labels.values(), 1)]
    if said and question.asks == "value":
        asker.screen.parts([("  ", ""), ("   ".join(word.replace(" ", "\xa0") for word in said), "dim")])


def _explain(asker: Asker, interview: Interview) -> None:
    question = interview.question
    if question and question.shape:
        asker.screen.item("?", "cyan", about(question.shape, asker.app.lang))
        for number, (word, label) in enumerate(
            question.shape.choice.labels.items() if question.shape.choice else (), 1
        ):
            asker.screen.item(str(number), "cyan", f"{asker.app.say(label)} ({word})", indent=4)
    for message in (
        Message("Dates: 2025-03-06, 6/3/2025, 6 Maret 2025, kemarin. Amounts: 250000, 250.000, Rp250.000."),
        Message("A text that begins with \\ is taken to the last character; \\n in it begins a new line."),
        Message("The label with * must be answered; a list ends with Enter."),
    ):
        asker.screen.item("", "", message, text_style="dim")
    asker.help()


def _summary(asker: Asker, interview: Interview) -> None:
    kind, content = interview.kind, interview.content
    many = isinstance(content, list)
    for number, item in enumerate(content if many else [content], 1):
        asker.screen.heading(Message("{record} {number}", record=kind.title, number=number) if many else kind.title)
        for depth, label, value in recordwords.lines(kind, item, asker.app.lang):
            asker.screen.field(label, value, indent=2 + 2 * depth)


def _corrected(asker: Asker, interview: Interview, refused: Invalid) -> None:
    """Back to the field of the first fault, all of them told."""
    problems = refused.problems or (Problem("", refused.message),)
    for problem in problems:
        asker.fault(Message("{why}", why=problem.say(asker.app.lang)))
    interview.correct(problems[0].where)


def one(app: App, kind: RecordType, shape: Any, of: str, today: Any) -> Any:
    """Ask for one field of a record, which must be answered.

    Args:
        app: the options of this run.
        kind: the type of record.
        shape: the field.
        of: what it belongs to, told before it.
        today: the working date.
    """
    import click

    asker = Asker(app)
    question = Question(shape.name, "value", shape, ())
    _choices(asker, question)
    while True:
        try:
            given = asker.line(f"{of}: {app.say(shape.label)} *")
        except (EOFError, KeyboardInterrupt):
            raise click.Abort from None
        try:
            if given.strip():
                return answers.value(given, shape, kind.name, today)
        except Unclear as fault:
            asker.fault(fault.message)
