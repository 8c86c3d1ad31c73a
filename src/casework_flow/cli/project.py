"""A project folder: the office's profile, its database, and places for its own workflows and templates."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from .. import office
from ..casework import Casework
from ..errors import Invalid, Problem, Refused
from ..messages import Message
from ..office import Office
from .files import staged

PROFILE: Final = Path(__file__).with_name(office.FILE)
"""A profile with every setting at its default, and what each of them means."""


def create(folder: Path, settings: Mapping[str, Any]) -> Office:
    """Make a project in ``folder``, whole or not at all.

    Args:
        folder: a new folder, or one without a project.
        settings: what the profile says, by key; those of a table in a mapping of its own.

    Raises:
        Refused: there is a project, or something that is no folder.
        Invalid: a setting is wrong.
        Unusable: the folder cannot be written.
    """
    refuse_there(folder)
    with staged(folder) as draft:
        fill(draft, settings)
    return office.load(folder / office.FILE)


def refuse_there(folder: Path) -> None:
    """Refuse a folder in which no project can be made.

    Raises:
        Refused: there is a project, or something that is no folder.
    """
    if folder.exists() and not folder.is_dir():
        raise Refused(Message("{path} is a file, not a folder.", path=folder))
    for name in (office.FILE, "casework.db"):
        if (folder / name).exists():
            raise Refused(Message("There is a project in {folder} already: {name}.", folder=folder, name=name))


def fill(folder: Path, settings: Mapping[str, Any]) -> Casework:
    """Write a project into an existing folder, and open it."""
    (folder / office.FILE).write_text(profile(settings), encoding="utf-8")
    for name in ("templates", "workflows"):
        (folder / name).mkdir(exist_ok=True)
    own = office.load(folder / office.FILE)
    if own.database == Office(agency="").database:
        (folder / "casework.db").touch(mode=0o600)  # people's data: for this user, until the office says so
    return Casework(own.database_url, office=own)


def profile(settings: Mapping[str, Any]) -> str:
    """The text of a profile: the commented example, with ``settings`` in their places."""
    left = dict(_flat({key: value for key, value in settings.items() if key not in _APPENDED}))
    lines = []
    table = ""
    for line in PROFILE.read_text(encoding="utf-8").splitlines():
        if found := re.match(r"\[(\w+)\]", line):
            table = f"{found[1]}."
        key, equals, _ = line.partition(" = ")
        name = table + key
        lines.append(f"{key} = {_toml(left.pop(name))}" if equals and name in left else line)
    if left:
        problems = [Problem(name, Message("There is no such setting.")) for name in left]
        raise Invalid(Message("{path} cannot be used.", path=office.FILE), problems)
    for official in settings.get("officials", ()):
        lines += ["", "[[officials]]", *(f"{key} = {_toml(value)}" for key, value in official.items())]
    if copies := settings.get("copies"):
        lines += ["", "[copies]", *(f"{_toml(name)} = {_toml(who)}" for name, who in copies.items())]
    return "\n".join(lines) + "\n"


_APPENDED: Final = ("officials", "copies")
"""The settings that the example only shows: there may be none of them, or many."""


def _flat(settings: Mapping[str, Any], table: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{table}{key}.")
        else:
            yield f"{table}{key}", value


def _toml(value: Any) -> str:
    """A text, number or list of texts; JSON writes them as TOML does, but for the one character DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
