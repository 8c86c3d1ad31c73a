"""Brings the message catalogues up to date with the code and the shipped workflows: ``make messages``.

New messages come in without a translation, those that nothing says any more go; what is translated stays.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "src"))

from casework_flow import yaml12  # noqa: E402  # the checkout's own, installed or not

SOURCES = ROOT / "src" / "casework_flow"
CATALOGUES = "src/casework_flow/locale/*/LC_MESSAGES/*.po"


def messages() -> dict[str, list[str]]:
    """Each message in the order of the files, with the files that say it."""
    found: dict[str, list[str]] = {}
    for path in (*sorted(SOURCES.rglob("*.py")), ROOT / "tools" / "reference.py"):
        for text in in_code(path.read_text(encoding="utf-8")):
            _note(found, text, path)
    for path in sorted((ROOT / "workflows").glob("*.yaml")):
        data, _ = yaml12.parse(path.read_text(encoding="utf-8"), path.name)
        for name in dict.fromkeys([*(move["move"] for move in data.get("moves", ())), *data["closures"]]):
            _note(found, name.replace("_", " "), path)  # what they are called where a file gives no title
    return found


def _note(found: dict[str, list[str]], text: str, path: Path) -> None:
    places = found.setdefault(text, [])
    place = path.relative_to(ROOT).as_posix()
    if place not in places:
        places.append(place)


def in_code(source: str) -> Iterator[str]:
    """The messages of a Python file: templates, the titles of fields, the labels of choices."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        match call:
            case ast.Call(func=ast.Name(id="Message"), args=[template, *_]):
                yield from _literals(template)
            case ast.Call(func=ast.Name(id="Field")):
                for keyword in call.keywords:
                    if keyword.arg == "title":
                        yield from _literals(keyword.value)
            case ast.Call(func=ast.Name(id="choice")):
                for keyword in call.keywords:
                    yield from _literals(keyword.value)


def _literals(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=one, orelse=other):
            yield from _literals(one)
            yield from _literals(other)
        case ast.Dict(values=values):
            for value in values:
                yield from _literals(value)


def update(path: Path) -> None:
    """Make the catalogue at ``path`` one of exactly the present messages."""
    with path.open("rb") as file:
        old = read_po(file)
    new = Catalog()
    for text, places in messages().items():
        known = old.get(text)
        new.add(
            text,
            known.string if known else "",
            locations=[(place, None) for place in places],
            flags=known.flags if known else (),
            user_comments=known.user_comments if known else (),
        )
    with path.open("wb") as file:
        file.write(_HEADER.format(lang=path.parts[-3]).encode())
        write_po(file, new, width=110, omit_header=True)


_HEADER = """\
# The messages of casework-flow. `make messages` brings this file up to date; the msgstr are written by hand.
msgid ""
msgstr ""
"Project-Id-Version: casework-flow\\n"
"Language: {lang}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""  # no dates: version control has them, and they would differ at each run


if __name__ == "__main__":
    for catalogue in ROOT.glob(CATALOGUES):
        update(catalogue)
