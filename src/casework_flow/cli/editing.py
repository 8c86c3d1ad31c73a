"""A record as a whole in somebody's editor, with what is wrong with it written beside it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from .. import yaml12
from ..errors import CaseworkError, Invalid, Problem
from ..messages import Message
from ..records.blank import blank_form
from ..records.types import RecordType
from .app import App, Usage
from .asking import Stopped
from .drafts import Draft
from .failures import Unusable, reason

MARK: Final = "##!"
"""Begins a line that says what is wrong below it; such lines are written by us and taken away again."""
_EDITORS: Final = ("nano", "vi")
_MARKED: Final = re.compile(rf"^[ ]*{MARK}.*\n?", re.MULTILINE)


def edit(
    app: App,
    kind: RecordType,
    draft: Draft,
    record: Callable[[Any], Any],
    prior: Mapping[str, Any] | None,
) -> Any:
    """Open the record in an editor, and record it when it is saved and changed; None where nothing was changed.

    What is typed lies in the ``draft`` from the beginning, so that nothing is lost when the editor or this program
    is killed. With faults it is opened again, each told above its line, until it is sound or left as it was.

    Raises:
        Usage: there is no editor.
        Stopped: it was left with faults; the draft is kept.
        CaseworkError: ``record`` refused for another reason than a fault in a field; the draft is kept.
    """
    command = editor(os.environ)
    form = blank_form(kind, app.lang, prior)
    text = draft.read() or form
    while True:
        draft.keep(text)
        _run(command, draft)
        saved = draft.read() or ""
        given = _MARKED.sub("", saved)
        if given.strip() in ("", form.strip()):
            draft.remove()
            return None
        try:
            data, lines = yaml12.parse(given, draft.path.name)
            try:
                done = record(data)
            except Invalid as fault:
                raise _located(fault, lines, draft.path.name) from None
        except Invalid as fault:
            if saved == text:
                told = Message(
                    "{what} What you typed is kept in {path}; the same command goes on.",
                    what=fault.message,
                    path=draft.path,
                )
                raise _Left(told, fault.problems) from None
            text = marked(given, fault.problems, app.lang)
        except CaseworkError as fault:
            fault.message = Message(
                "{what} What you typed is kept in {path}; the same command goes on.",
                what=fault.message,
                path=draft.path,
            )
            raise
        else:
            draft.remove()
            return done


class _Left(Invalid, Stopped):
    """The editor was left with faults in the record."""

    code = Invalid.code


def editor(environment: Mapping[str, str]) -> list[str]:
    """The words of the command that opens a file: ``$VISUAL``, ``$EDITOR``, or what most systems have.

    Raises:
        Usage: there is none, or what is named cannot be found.
    """
    named = environment.get("VISUAL") or environment.get("EDITOR") or ""
    try:
        words = shlex.split(named)
    except ValueError:
        words = [named]
    if not words:
        words = [next((name for name in _EDITORS if shutil.which(name)), "")]
    if not shutil.which(words[0]):
        raise Usage(
            Message("There is no editor {name}. Name one in the environment: export EDITOR=nano.", name=words[0])
            if words[0]
            else Message("There is no editor. Install one, or name it in the environment: export EDITOR=nano.")
        )
    return words


def _run(command: Sequence[str], draft: Draft) -> None:
    try:
        ended = subprocess.run([*command, str(draft.path)], check=False).returncode  # noqa: S603  # their own editor
    except KeyboardInterrupt:
        ended = 1
    except OSError as fault:
        raise Unusable(
            Message(
                "{path} cannot be opened with {name}: {why}.",
                path=draft.path,
                name=command[0],
                why=reason(fault),
            )
        ) from None
    if ended:
        raise Stopped(
            Message(
                "The editor ended with an error; nothing is recorded. What you typed is kept in {path}.",
                path=draft.path,
            )
        )


def _located(fault: Invalid, lines: yaml12.Lines, name: str) -> Invalid:
    def place(where: str) -> str:
        path = tuple(int(step) if step.isdigit() else step for step in where.split(".") if step)
        return f"{name}:{lines.of(path)}"

    return Invalid(fault.message, [Problem(place(problem.where), problem.message) for problem in fault.problems])


def marked(text: str, problems: Sequence[Problem], lang: str) -> str:
    """``text`` with each fault as a comment above the line that ``where`` names."""
    lines = text.split("\n")
    found: dict[int, list[str]] = {}
    for problem in problems:
        number = problem.where.rpartition(":")[2]
        line = min(int(number) if number.isdigit() else 1, len(lines))
        said = " ".join(problem.message.say(lang).split())
        indent = " " * (len(lines[line - 1]) - len(lines[line - 1].lstrip(" ")))
        found.setdefault(line, []).append(f"{indent}{MARK} {said}")
    return "\n".join(out for number, line in enumerate(lines, 1) for out in [*found.get(number, []), line])
