"""A page of the documentation as something that can be done: its blocks one after another, in one folder and shell.

A comment before a block says more about it:

``<!-- start: office -->``          where the page begins; once, at its top: see ``Starts``
``<!-- exit 3 -->``                 the commands of the block end with this exit code
``<!-- set casework.toml -->``      the settings of the block stand in that file instead of those that were there
``<!-- file plan.yaml -->``         the block is that file
``<!-- edit s/old/new/ -->``        the commands of the block open an editor, in which that is replaced
``<!-- elsewhere: why -->``         the block is not run here

A block ``sh`` is run by bash; of a block ``console`` the line after ``$`` is run on a pseudo-terminal, and every
question is answered as it stands there. A block ``text`` is what the block before it prints, line by line, with other
lines between; ``…`` stands for anything.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import yaml

from casework_flow.cli.demo import load_walk, walk
from casework_flow.cli.project import fill

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
CASE_S = ROOT / "examples" / "case-s"
TYPIST = Path(__file__).with_name("answering.py")
LIMIT = 120
"""Seconds after which a page has failed."""
_BLOCK = re.compile(
    r"(?:^<!-- (?P<about>(?:exit|set|file|edit|elsewhere)\b.*?) -->\n+)?^```(?P<kind>\w+)\n(?P<text>.*?)^```",
    re.M | re.S,
)


@dataclass(frozen=True)
class Block:
    """A code block, and what the comment before it says."""

    kind: str
    text: str
    about: str = ""

    @property
    def commands(self) -> str:
        """What is typed at the shell's prompt."""
        return self.text if self.kind == "sh" else "".join(re.findall(r"^\$ (.*\n)", self.text, re.M))


def names() -> list[str]:
    """The names of all pages, without language and ending."""
    return sorted({path.name.split(".")[0] for path in DOCS.glob("*.md")})


def path(name: str, lang: str) -> Path:
    """The file of a page; the English one may be without its language."""
    found = DOCS / f"{name}.{lang}.md"
    return found if lang != "en" or found.exists() else DOCS / f"{name}.md"


def read(name: str, lang: str) -> str:
    return path(name, lang).read_text(encoding="utf-8")


def blocks(text: str) -> list[Block]:
    return [Block(found["kind"], found["text"], found["about"] or "") for found in _BLOCK.finditer(text)]


def start(text: str) -> str | None:
    """Where a page begins; None is a page on which nothing is done."""
    found = re.match(r"<!-- start: (\w+) -->\n", text)
    return found[1] if found else None


def load(tool: str) -> ModuleType:
    """A module of ``tools/``."""
    import importlib.util

    spec = importlib.util.spec_from_file_location(tool, ROOT / "tools" / f"{tool}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[tool] = module
    spec.loader.exec_module(module)
    return module


class Starts:
    """The folders in which pages begin; each is made once and then copied."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def at(self, name: str, destination: Path) -> Path:
        """A copy of the folder ``name`` in ``destination``."""
        made = self.folder / name
        self.folder.mkdir(exist_ok=True)
        if not made.exists():
            getattr(self, f"_{name}")(made)
        shutil.copytree(made, destination)
        return destination

    def _empty(self, folder: Path) -> None:
        """Nothing is there yet but the files of case S, in ``case-s``."""
        folder.mkdir()
        shutil.copytree(CASE_S, folder / "case-s")

    def _office(self, folder: Path) -> None:
        """The project of an office with fourteen cases, as it stands on 20 May 2025."""
        load("example_office").build(folder)

    def _contract(self, folder: Path) -> None:
        self._case_s(folder, lambda step: step.get("record") == "contract")

    def _planning(self, folder: Path) -> None:
        self._case_s(folder, lambda step: step.get("what") == "plan")

    def _intervention(self, folder: Path) -> None:
        self._case_s(folder, lambda step: step.get("record") == "session")

    def _closed(self, folder: Path) -> None:
        self._case_s(folder, lambda _: False)

    def _case_s(self, folder: Path, before: Callable[[dict[str, object]], bool]) -> None:
        """A project in which case S has been walked up to a step; its files lie beside the database."""
        shutil.copytree(CASE_S, folder)
        whole = dict(load_walk(CASE_S))
        end = next((place for place, step in enumerate(whole["steps"]) if before(step)), None)
        (folder / "walk.yaml").write_text(yaml.safe_dump({**whole, "steps": whole["steps"][:end]}), encoding="utf-8")
        list(walk(fill(folder, whole["office"]), folder))
        (folder / "walk.yaml").unlink()


class Failed(AssertionError):
    """A page does not do what it says."""


def do(page: list[Block], lang: str, folder: Path, commands: Path) -> list[str]:
    """Do a page in ``folder``, with the ``casework`` of the folder ``commands``; what each of its blocks printed.

    Raises:
        Failed: a block ended with another exit code than it says.
    """
    (folder / ".home").mkdir()
    script = "".join(_lines(number, block) for number, block in enumerate(page))
    done = subprocess.run(
        ["bash", "-uo", "pipefail"],
        input=f"exec 2>&1\n{script}",
        cwd=folder,
        env=_environment(lang, folder / ".home", commands),
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    printed = re.split(r"^%%%\d+\n", done.stdout, flags=re.M)[1:]
    if done.returncode:
        raise Failed(f"{page[len(printed) - 1].text}\n{printed[-1]}\n{done.stderr}")
    return printed


def _environment(lang: str, home: Path, commands: Path) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("CASEWORK_", "XDG_"))}
    return {
        **clean,
        "PATH": os.pathsep.join([str(commands), clean["PATH"]]),
        "HOME": str(home),
        "CASEWORK_LANG": lang,
        "LC_ALL": "C.UTF-8",
        "COLUMNS": "80",
        "NO_COLOR": "1",
    }


def _lines(number: int, block: Block) -> str:
    """A block as a part of the page's script: it ends the script where it does not end as it says."""
    begin = f'printf "%%%%%%{number}\\n"\n'
    kind, _, argument = block.about.partition(" ")
    if kind == "elsewhere:":
        return begin
    if kind == "file":
        return f"{begin}cat > {argument} <<'%%%'\n{block.text}%%%\n"
    if kind == "set":
        return f"{begin}{_python('settings', argument, block.text)} || exit 98\n"
    if block.kind == "console":
        return f"{begin}{_python('terminal', block.text)}\n[ $? = {argument or 0} ] || exit 97\n"
    if block.kind != "sh":
        return begin
    if kind == "exit":
        return f"{begin}( set -e\n{block.text})\n[ $? = {argument} ] || exit 96\n"
    if kind == "edit":
        begin += f"export EDITOR={shlex.quote(f'sed -i {argument}')}\n"
    return f"{begin}set -e\n{block.text}set +e\n"


def _python(*words: str) -> str:
    return shlex.join([sys.executable, str(TYPIST), *(json.dumps(word) for word in words)])


def settings(file: Path, text: str) -> None:
    """Put the settings of ``text`` in the place of those that ``file`` has; a new table goes to its end."""
    lines = file.read_text(encoding="utf-8").splitlines()
    table, new = "", False
    for line in text.splitlines():
        if line.startswith("["):
            table, new = line, line not in lines
            lines += [line] if new else []
        elif new:
            lines.append(line)
        elif line.strip() and not line.startswith("#"):
            begin = lines.index(table) if table else 0
            key = line.partition(" = ")[0]
            place = next(at for at in range(begin, len(lines)) if lines[at].startswith(f"{key} = "))
            lines[place] = line
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    tomllib.loads(file.read_text(encoding="utf-8"))


def missing(shown: str, printed: str) -> list[str]:
    """The lines that a page shows and its commands did not print, in this order."""
    left = [_plain(line) for line in printed.splitlines()]
    lost = []
    for line in filter(None, map(_plain, shown.splitlines())):
        pattern = re.compile(".*".join(map(re.escape, line.split("…"))) + ("" if line.endswith("…") else "$"))
        place = next((at for at, found in enumerate(left) if pattern.match(found)), None)
        if place is None:
            lost.append(line)
        else:
            left = left[place + 1 :]
    return lost


def _plain(line: str) -> str:
    return " ".join(line.split())
