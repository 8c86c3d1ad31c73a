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
from casework_flow import checking  # noqa: E402
from casework_flow.cli import VERBS, run  # noqa: E402
from casework_flow.cli.grammar import Entry  # noqa: E402
from casework_flow.documents.render import SUFFIX, Templates  # noqa: E402
from casework_flow.documents.templatecheck import _Reader  # noqa: E402  # it knows what each name leads to
from casework_flow.documents.templateparts import Parts  # noqa: E402
from casework_flow.documents.templatevalues import Known, Value  # noqa: E402
from casework_flow.facts import record_types  # noqa: E402
from casework_flow.loader import Library  # noqa: E402
from casework_flow.messages import Message, languages  # noqa: E402
from casework_flow.records.kinds import ListOf, Object, Scalar  # noqa: E402
from casework_flow.records.schema import FieldShape, fields_of, model_of  # noqa: E402
from casework_flow.records.types import RECORD_TYPES, RecordType  # noqa: E402
from casework_flow.records.views import view_class  # noqa: E402
from casework_flow.resources import shipped  # noqa: E402
from casework_flow.workflow import Issue, Workflow  # noqa: E402

FOLDER = ROOT / "docs" / "reference"
Rows = Sequence[Sequence[str]]


def pages() -> Iterator[tuple[str, str]]:
    """The file's name and text of each page."""
    for lang in languages():
        yield f"cli.{lang}.md", cli(lang)
        yield f"records.{lang}.md", records(lang)
        yield f"templates.{lang}.md", templates(lang)
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


def templates(lang: str) -> str:
    """Every shipped document: its first page, and what its template prints, repeats or asks for."""
    title, about = (
        Message("The documents and what they use"),
        Message(
            "Each document's first page in a shipped example, and the names that its template uses. What is marked "
            "with * is always printed: without it the document is refused. Whatever else a template may name is told "
            "where documents are changed. Descriptions of figures are in English, as the code has them."
        ),
    )
    library, shelf = Library([shipped("workflows")]), Templates([shipped("templates")])
    flows = [library.load(path.stem) for path in sorted(shipped("workflows").glob("*.yaml"))]
    name, meaning = (word.say(lang) for word in (Message("Name"), Message("Meaning")))
    parts = [f"# {title.say(lang)}", about.say(lang)]
    for document in documents():
        issued = [(flow, issue) for flow in flows for issue in checking.issues_of(flow, document)]
        called = title_of(document + SUFFIX, json.loads(shelf.bundle(document, lang))["parts"])
        by = ", ".join(dict.fromkeys(f"`{flow.name}`" for flow, _ in issued))
        used: dict[str, tuple[bool, str]] = {}
        for flow, issue in issued:
            for path, (needed, label) in uses(document, shelf, flow, issue, lang).items():
                before, known = used.get(path, (True, ""))
                used[path] = (before and needed, known or label)
        rows, besides = [], []
        for path, (needed, label) in sorted(used.items()):
            shown = f"`{path}`{' *' if needed else ''}"
            if path.partition(".")[0] in NO_RECORDS:
                besides.append(shown)
            else:
                rows.append((shown, label))
        parts += [
            f"## `{document}` – {called}",
            f"![{called}](../pictures/templates/{document}.png)",
            Message("Issued by {names}.", names=by).say(lang),
            _table([name, meaning], rows),
            Message("Of the case, the move and the office's profile: {names}.", names=", ".join(besides)).say(lang),
        ]
    return "\n\n".join(parts) + "\n"


NO_RECORDS = frozenset({"case", "move", "document", "office", "approvals"})
"""What every template may name besides the records."""


def documents() -> list[str]:
    """The documents that have a shipped template."""
    return sorted(path.name.removesuffix(SUFFIX) for path in shipped("templates").glob(f"[!_]*{SUFFIX}"))


def title_of(file: str, sources: Mapping[str, str]) -> str:
    """What a template calls its document; a document of several kinds has a title for each."""
    given = re.search(r'<document title="(.*?)" lang', sources[file])
    if given is None:
        other = re.search(r'{% include "(.*?)" %}', sources[file])
        if other is None:
            raise ValueError(file)
        return title_of(other[1], sources)
    named = re.search(rf"{{% set {given[1].strip('{} ')} = (.*?) %}}", sources[file])
    return " / ".join(re.findall('"([^"]+)"', re.sub('== "[^"]*"', "", named[1]))) if named else given[1]


class _Uses(_Reader):
    """Notes each name that a template leads to, by its whole path."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.paths: dict[str, None] = {}

    def _attribute(self, node: Any, value: Known, name: str) -> Known:
        found = super()._attribute(node, value, name)
        if not (isinstance(value, Value) and isinstance(value.kind, Object) and name in value.kind.fields):
            return found
        path = f"{value.root}.{name}"
        if value.root:
            self.paths[path] = None
        return Value(value.kind.fields[name], path if value.root else "")


def uses(document: str, shelf: Templates, flow: Workflow, issue: Issue, lang: str) -> dict[str, tuple[bool, str]]:
    """The paths that a document uses: whether each must be recorded, and what it is."""
    names = checking.names_for(flow, issue)
    sources = json.loads(shelf.bundle(document))["parts"]
    reader = _Uses(Parts(sources), names, list(names))
    reader.read(document + SUFFIX)
    kinds = {kind.view or kind.name: kind for kind in record_types(flow).values()}
    if issue.each:
        kinds["item"] = kinds[issue.each.source.partition(".")[0]]
    return {path: (path in reader.needs, label_of(path, kinds, lang)) for path in reader.paths}


def label_of(path: str, kinds: Mapping[str, RecordType], lang: str) -> str:
    """What a path stands for: the label of a field, or what a figure says of itself."""
    first, *rest = path.split(".")
    kind = kinds.get(first)
    if kind is None:
        return ""
    view = view_class(kind)
    label, fields, figure = "", fields_of(model_of(kind)), False
    every = {shape.name: shape for shape in fields.values()}
    for part in [shape.part for shape in fields.values() if shape.part]:
        every = {**fields_of(part), **every}
    for name in rest:
        shape = fields.get(name) or (every.get(name) if figure else None)
        if shape:
            label, fields, figure = shape.label.say(lang), fields_of(shape.part) if shape.part else fields, False
        elif name in view.published():
            found = inspect.getattr_static(view, name)
            label, figure = " ".join((inspect.getdoc(getattr(found, "func", found)) or "").split()), True
        else:
            label = ""
    return label


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
    text = re.sub(r"<function (?:\w+\.)*(\w+|<lambda>) at 0x\w+>", r"\1", str(inspect.signature(function)))
    text = text.replace("<lambda>", "…").replace("'", "")
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
