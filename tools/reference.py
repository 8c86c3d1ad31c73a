"""Writes the reference pages of the documentation from the code itself: ``make reference``.

A test holds that they are current. Pages that people read while they work are in every language of the catalogues;
those for programmers are in English.
"""

from __future__ import annotations

import inspect
import io
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "src"))

import casework_flow  # noqa: E402  # the checkout's own, installed or not
from casework_flow.cli import VERBS, run  # noqa: E402
from casework_flow.cli.grammar import Entry  # noqa: E402
from casework_flow.messages import Message, languages  # noqa: E402
from casework_flow.records.kinds import ListOf, Scalar  # noqa: E402
from casework_flow.records.schema import FieldShape, fields_of, model_of  # noqa: E402
from casework_flow.records.types import RECORD_TYPES, RecordType  # noqa: E402
from casework_flow.records.views import view_class  # noqa: E402

FOLDER = ROOT / "docs" / "reference"
Rows = Sequence[Sequence[str]]


def pages() -> Iterator[tuple[str, str]]:
    """The file's name and text of each page."""
    for lang in languages():
        yield f"cli.{lang}.md", cli(lang)
        yield f"records.{lang}.md", records(lang)
    yield "workflow-file.md", workflow_file()
    yield "python.md", python()


def cli(lang: str) -> str:
    """Every verb's help, as the command prints it."""
    title = Message("The command line")
    about = Message("What `casework --help` and the help of each verb print.")
    parts = [f"# {title.say(lang)}", about.say(lang), _fenced(helped([], lang))]
    for words in _verbs(VERBS, ()):
        parts += [f"## casework {' '.join(words)}", _fenced(helped(words, lang))]
    return "\n\n".join(parts) + "\n"


def _verbs(table: Mapping[str, Entry], above: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for name, entry in table.items():
        if entry.below is None:
            yield (*above, name)
        else:
            yield from _verbs(entry.below, (*above, name))


def helped(words: Sequence[str], lang: str) -> str:
    """What ``--help`` prints after these words."""
    out = io.StringIO()
    with redirect_stdout(out):
        run([*words, "--help", "--lang", lang])
    return out.getvalue().rstrip()


def records(lang: str) -> str:
    """Every record: its fields, and the figures that guards and templates may use."""
    title, about = (
        Message("The records"),
        Message(
            "What a case's records hold. A field with * must be given. Figures are what guards and templates may use "
            "besides the fields; their descriptions are in English, as the code has them."
        ),
    )
    parts = [f"# {title.say(lang)}", about.say(lang)]
    for kind in RECORD_TYPES.values():
        many = f" ({Message('many in a case').say(lang)})" if kind.many else ""
        parts.append(f"## `{kind.name}` – {kind.title.say(lang)}{many}")
        field, meaning, value, figure = (word.say(lang) for word in HEADS)
        parts.append(_table([field, meaning, value], list(_fields(kind, lang))))
        if figures := list(_figures(kind)):
            parts.append(_table([figure, meaning], figures))
    return "\n\n".join(parts) + "\n"


HEADS = (Message("Field"), Message("Meaning"), Message("Value"), Message("Figure"))


def _fields(kind: RecordType, lang: str) -> Iterator[Sequence[str]]:
    def rows(model: Any, above: str) -> Iterator[Sequence[str]]:
        for shape in fields_of(model).values():
            path = f"{above}{shape.name}{'[]' if shape.many else ''}"
            star = " *" if shape.required else ""
            yield f"`{path}`{star}", shape.label.say(lang), _value(shape, lang)
            if shape.part:
                yield from rows(shape.part, f"{path}.")

    yield from rows(model_of(kind), "")


def _value(shape: FieldShape, lang: str) -> str:
    if shape.choice:
        return ", ".join(f"`{word}` {label.say(lang)}" for word, label in shape.choice.labels.items())
    if shape.part:
        return ""
    kind = shape.kind.item if isinstance(shape.kind, ListOf) else shape.kind
    return KINDS[kind.type if isinstance(kind, Scalar) else "text"].say(lang)


KINDS = {
    "text": Message("text"),
    "date": Message("a date such as 2025-03-17"),
    "integer": Message("a whole number"),
    "number": Message("a number"),
    "boolean": Message("true or false"),
}


def _figures(kind: RecordType) -> Iterator[Sequence[str]]:
    view = view_class(kind)
    for name in view.published():
        found = inspect.getattr_static(view, name)
        inner = getattr(found, "func", found)
        signature = f"({', '.join(list(inspect.signature(inner).parameters)[1:])})" if found is inner else ""
        yield f"`{kind.view or kind.name}.{name}{signature}`", " ".join((inspect.getdoc(inner) or "").split())


def workflow_file() -> str:
    """The form of a workflow file, from its JSON Schema."""
    schema = json.loads((ROOT / "docs" / "workflow.schema.json").read_text(encoding="utf-8"))
    parts = [
        "# The workflow file",
        f"{schema.get('description', '')} The machine-readable form is "
        "[workflow.schema.json](../workflow.schema.json).",
        _table(["Key", "Form", "Meaning"], list(_properties(schema))),
    ]
    for name, spec in schema["$defs"].items():
        if "properties" in spec:
            rows = list(_properties(spec))
            parts += [f"## {name}", spec.get("description", ""), _table(["Key", "Form", "Meaning"], rows)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _properties(spec: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    needed = spec.get("required", ())
    for name, found in spec.get("properties", {}).items():
        yield f"`{name}`{' *' if name in needed else ''}", _form(found), found.get("description", "")


def _form(spec: Mapping[str, Any]) -> str:
    if "$ref" in spec:
        name = spec["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in spec:
        return " or ".join(dict.fromkeys(_form(one) for one in spec["anyOf"] if one.get("type") != "null"))
    if "enum" in spec or "const" in spec:
        return ", ".join(f"`{one}`" for one in spec.get("enum", [spec.get("const")]))
    if spec.get("type") == "array":
        return f"list of {_form(spec.get('items', {}))}"
    if spec.get("type") == "object" and isinstance(spec.get("additionalProperties"), dict):
        return f"by name: {_form(spec['additionalProperties'])}"
    return str(spec.get("type", "any"))


def python() -> str:
    """The names that a host may import, with their docstrings."""
    parts = ["# The Python library", "`from casework_flow import …`. Everything else is the library's own affair."]
    for name in casework_flow.__all__:
        found = getattr(casework_flow, name)
        parts += [f"## `{name}`", _said(found)]
        if inspect.isclass(found) and name == "Casework":
            for method, function in _public(found):
                parts += [f"### `{method}{_signature(function)}`", _said(function)]
        elif inspect.isfunction(found):
            parts[-2] = f"## `{name}{_signature(found)}`"
    return "\n\n".join(part for part in parts if part) + "\n"


def _public(cls: type) -> list[tuple[str, Any]]:
    methods = inspect.getmembers(cls, inspect.isfunction)
    return [(name, function) for name, function in methods if not name.startswith("_")]


def _signature(function: Any) -> str:
    text = re.sub(r"<function (\w+) at 0x\w+>", r"\1", str(inspect.signature(function))).replace("'", "")
    return text.replace("(self, ", "(").replace("(self)", "()")


def _said(found: Any) -> str:
    text = inspect.getdoc(found) or ""
    return f"```text\n{text}\n```" if text else ""


def _fenced(text: str) -> str:
    return f"```text\n{text}\n```"


def _table(heads: Sequence[str], rows: Rows) -> str:
    def line(cells: Sequence[str]) -> str:
        return f"| {' | '.join(cell.replace('|', chr(92) + '|').replace(chr(10), ' ') for cell in cells)} |"

    return "\n".join([line(heads), line(["---"] * len(heads)), *map(line, rows)])


if __name__ == "__main__":
    os.environ.pop("CASEWORK_LANG", None)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages():
        (FOLDER / name).write_text(text, encoding="utf-8")
