"""Records that are not recorded yet, kept in the project's folder for whoever types them.

They hold personal data: only their owner can read them, they never come into the database, and they are removed when
the record is recorded.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ..messages import Message
from .app import App
from .failures import Unusable, reason

FOLDER: Final = Path(".casework") / "drafts"


@dataclass(frozen=True, slots=True)
class Draft:
    """A file in which something unfinished is kept."""

    path: Path

    def read(self) -> str | None:
        """What is kept, or None where nothing is.

        Raises:
            Unusable: the file cannot be read.
        """
        try:
            return self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as fault:
            raise Unusable(Message("{path} cannot be read: {why}.", path=self.path, why=reason(fault))) from None

    def keep(self, text: str) -> None:
        """Keep ``text``, whole or not at all.

        Raises:
            Unusable: the file cannot be written.
        """
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            ignore = self.path.parent.parent / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n", encoding="utf-8")  # personal data is no part of anybody's repository
            new = self.path.with_name(f".{self.path.name}.{os.getpid()}")
            try:
                with os.fdopen(
                    os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
                ) as file:
                    file.write(text)
                new.replace(self.path)
            finally:
                new.unlink(missing_ok=True)
        except OSError as fault:
            why = reason(fault)
            raise Unusable(Message("{path} cannot be written: {why}.", path=self.path, why=why)) from None

    def remove(self) -> None:
        """It is recorded, or no longer wanted."""
        self.path.unlink(missing_ok=True)

    def answers(self) -> list[tuple[str, Any]]:
        """The answers that are kept; none where the file is missing or holds something else."""
        try:
            found = json.loads(self.read() or "[]")
            return [(str(path), value) for path, value in found]
        except (TypeError, ValueError, RecursionError):
            return []

    def keep_answers(self, answers: Sequence[tuple[str, Any]]) -> None:
        """Keep the answers given so far."""
        self.keep(json.dumps(answers))


def of(app: App, suffix: str, *about: object) -> Draft:
    """Where the draft of one person lies: by the case, the record and what else tells it from others."""
    profile: Any = app.address[1]
    folder = (profile.folder if profile else None) or Path()
    name = "-".join(re.sub(r"[^\w.-]+", "_", str(part)) for part in (*about, app.by) if part not in (None, ""))
    return Draft(folder / FOLDER / f"{name}{suffix}")


def context(app: App, flow: Any) -> Any:
    """What the validity of a record depends on in a case that lives by ``flow``."""
    from datetime import UTC, date, datetime  # only where something is recorded

    from ..moments import working_date
    from ..records.fields import Context

    own: Any = app.address[1]
    on = working_date(app.at, datetime.now(own.zone if own else UTC))
    complete: Mapping[str, Any] = flow.closures
    review = [reason for reason, closure in complete.items() if closure.complete]
    return Context(date.fromisoformat(on[:10]), review, list(complete))
