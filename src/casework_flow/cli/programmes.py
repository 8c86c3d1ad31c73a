"""How programmes are shown to people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from ..checking import Report
from ..messages import Message, Sayable, languages
from ..values import Upgraded
from ..workflow import Guard, Issue, Workflow
from .screen import Screen
from .words import ROLE_WORDS

KINDS: Final = {"legal": Message("legal"), "professional": Message("professional")}


def table(screen: Screen, found: Sequence[Mapping[str, Any]]) -> None:
    """The programmes that an office can use."""
    headings = [Message("Workflow"), Message("Version"), Message("Title"), Message("Stages")]
    rows = [(w["workflow"], w["version"], w["title"] or w["problem"], len(w["stages"]) or "") for w in found]
    screen.table(headings, rows, fixed=(0,))


def page(screen: Screen, flow: Workflow) -> None:
    """A programme: its stages, moves and closures, and what each demands."""
    screen.line(f"{flow.name}, {flow.version}", "bold")
    _both(screen, flow.title)
    for stage in flow.stages.values():
        until = Message("until {date}", date=stage.until.source) if stage.until else None
        time = Message("{days} working days", days=stage.days) if stage.days is not None else until
        _part(screen, f"{stage.name} → {flow.after(stage.name) or 'closed'}", stage.title, time)
        _demands(screen, flow, stage.requires, stage.documents)
    for move in flow.moves:
        to = move.to or move.status
        _part(screen, f"{move.name}: {', '.join(move.sources)} → {to}", move.title, None)
        _demands(screen, flow, move.requires, move.documents)
    for closure in flow.closures.values():
        regular = Message("with all that the last stage demands") if closure.complete else None
        _part(screen, f"close {closure.reason}", closure.title, regular)
        _demands(screen, flow, closure.requires, closure.documents or ())


def _both(screen: Screen, text: Sayable, indent: int = 2) -> None:
    """A text in each language."""
    for said in dict.fromkeys(text.say(lang) for lang in languages()):
        screen.parts([(said, "")], indent=indent)


def _part(screen: Screen, head: str, title: Sayable, more: Sayable | None) -> None:
    screen.line()
    screen.parts([(head, "bold"), (" · " if more else "", "dim"), (more or "", "dim")])
    _both(screen, title)


def _demands(screen: Screen, flow: Workflow, guards: Iterable[Guard], documents: Iterable[Issue]) -> None:
    for guard in guards:
        how: list[tuple[object, str]] = [("• ", ""), (guard.name, "bold"), (" · ", ""), (KINDS[guard.kind], "")]
        if guard.fix:
            what = guard.approves
            roles = flow.roles_for("approve", what) if what else flow.roles_for("record", guard.fix)
            how += [(f" · {guard.fix}: ", ""), ([ROLE_WORDS.get(role, role) for role in roles], "")]
        screen.parts(how, indent=2)
        _both(screen, guard.say, indent=6)
    names = [issue.document for issue in documents]
    if names:
        screen.words(Message("Documents"), names)


def reports(screen: Screen, found: Sequence[Report], *, witnesses: bool) -> None:
    """What a check of workflow files found."""
    for report in found:
        if report.sound:
            screen.item("✓", "bold green", Message("{file} can be lived by.", file=report.name), indent=0)
        else:
            screen.item("✗", "bold red", Message("{file} has faults.", file=report.name), indent=0)
        for problem in report.findings:
            screen.item("✗", "red", problem.say(screen.lang))
        for problem in report.warnings:
            screen.item("!", "yellow", problem.say(screen.lang))
        if report.witnesses:
            passed = list(dict.fromkeys(witness.place for witness in report.witnesses))
            screen.words(Message("A generated case passes"), passed)
        for witness in report.witnesses if witnesses else ():
            import yaml  # only for those who want to see them

            screen.line()
            screen.line(f"# {witness.place} → {witness.to}", "bold")
            screen.line(yaml.safe_dump(dict(witness.case), allow_unicode=True, sort_keys=False))


def upgraded(screen: Screen, found: Upgraded) -> None:
    """What an upgrade of running cases did, or would do."""
    version = Message("version {version} of {workflow}", version=found.version, workflow=found.workflow)
    if not found.cases and not found.stuck:
        screen.line(Message("No running case lives by another version than {version}.", version=version))
    for number in found.cases:
        words = Message("{case} can move to {version}.", case=number, version=version)
        if not found.dry_run:
            words = Message("{case} lives by {version} from now on.", case=number, version=version)
        screen.item("✓", "green", words, indent=0)
    for number, reasons in found.stuck.items():
        screen.item("✗", "red", Message("{case} stays as it is:", case=number), indent=0)
        for reason in reasons:
            screen.item("·", "", reason)
