"""Whether a workflow file can be lived by: everything that ``casework workflow check`` finds, at once.

The loader tells whether the file makes sense, ``proofs.py`` whether the workflow can be lived by, and what stands
here looks at what a file needs beside itself: its texts in each language, and a template for each document.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from . import proofs, yaml12
from .additions import NOTHING, Addition, Additions
from .documents import templatecheck
from .documents.identity import IDENTITIES
from .documents.render import SUFFIX, Templates
from .errors import Invalid, Problem, did_you_mean
from .facts import record_types
from .loader import WorkflowText, read_file, vocabulary
from .messages import Message, Sayable, Text, languages
from .office import Letter, Office, Signatory
from .proofs import Way, described
from .records.forms import form_type
from .records.kinds import Kind, ListOf, Object, Scalar
from .rulecheck import kind_of
from .witness import names_in
from .workflow import ADVANCE, CLOSE, STATUSES, Issue, Workflow

_Path = yaml12.Path


@dataclass(frozen=True, slots=True)
class Witness:
    """A generated case that passes: the stage that it leaves, the move or the closure, and the case as plain data."""

    place: str
    to: str
    case: Mapping[str, Any]

    def as_data(self) -> dict[str, Any]:
        """The JSON form."""
        return {"place": self.place, "to": self.to, "case": dict(self.case)}


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found. ``workflow`` is None where the file is none."""

    name: str
    workflow: Workflow | None = None
    findings: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    witnesses: tuple[Witness, ...] = ()
    unmet: tuple[tuple[str, str], ...] = ()
    """Each guard that no generated case met, with the stage, move or closure that requires it."""

    @property
    def sound(self) -> bool:
        """Whether nothing was found that must be corrected."""
        return not self.findings

    def as_data(self, lang: str) -> dict[str, Any]:
        """The JSON form."""
        return {
            "file": self.name,
            "workflow": self.workflow.name if self.workflow else None,
            "version": self.workflow.version if self.workflow else None,
            "sound": self.sound,
            "findings": [_said(problem, lang) for problem in self.findings],
            "warnings": [_said(problem, lang) for problem in self.warnings],
            "witnesses": [witness.as_data() for witness in self.witnesses],
            "unmet": [{"place": place, "guard": guard} for place, guard in self.unmet],
        }


def _said(problem: Problem, lang: str) -> dict[str, str]:
    return {"where": problem.where, "message": problem.message.say(lang)}


def check(path: Path, templates: Sequence[Path] = (), added: Additions = NOTHING) -> Report:
    """Check the workflow in the file ``path``.

    Args:
        path: the file.
        templates: the folders of document templates, the office's own first; without any, none is looked at.
        added: what the host adds to every workflow.

    Raises:
        NotFound: there is no such file.
    """
    try:
        text = read_file(path)
    except Invalid as fault:
        return Report(path.name, findings=fault.problems)
    return check_text(text, templates, path.stem, added)


def check_workflow(flow: Workflow, templates: Sequence[Path] = ()) -> Report:
    """Check a workflow that is loaded already, a case's own for instance; what is found has no lines."""
    return check_text(WorkflowText(flow.name, flow.data, yaml12.Lines()), templates, added=flow.added)


def check_text(
    text: WorkflowText, templates: Sequence[Path] = (), stem: str | None = None, added: Additions = NOTHING
) -> Report:
    """Check what was read from a file; ``stem`` is the file's name without its ending. See ``check``."""
    checker = _Checker(text)
    checker.languages()
    try:
        flow = text.workflow(added)
    except Invalid as fault:
        findings = [*fault.problems, *checker.findings]
        return Report(text.name, None, _ordered(findings), _ordered(checker.warnings))
    if stem is not None and stem != flow.name:
        checker.warn(
            ("workflow",),
            Message(
                "The file is called {file} and the programme in it {name}: give both the same name, for cases are "
                "opened by the file's and counted by the programme's.",
                file=stem,
                name=flow.name,
            ),
        )
    proof = proofs.prove(flow)
    for one in proof.found:
        (checker.warn if one.warning else checker.find)(one.path, one.message)
    checker.untitled(flow)
    checker.kinds_of_expressions(flow)
    if templates:
        checker.documents(flow, Templates(templates))
    return Report(
        text.name,
        flow,
        _ordered(checker.findings),
        _ordered(checker.warnings),
        tuple(_witness(way) for way in proof.ways if way.situation),
        tuple(dict.fromkeys(proof.unmet)),
    )


def _witness(way: Way) -> Witness:
    assert way.situation  # noqa: S101  # the caller chose those
    target = way.arcs[0].target
    return Witness(way.place, "closed" if target[1] == "closed" else target[0], described(way.situation))


def _ordered(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """The problems by line, each once."""

    def line(problem: Problem) -> tuple[str, int]:
        file, _, number = problem.where.rpartition(":")
        return (file, int(number)) if number.isdigit() else (problem.where, 0)

    return tuple(sorted(dict.fromkeys(problems), key=line))


class _Checker:
    """Collects what is found in one file."""

    def __init__(self, text: WorkflowText) -> None:
        self.text = text
        self.findings: list[Problem] = []
        self.warnings: list[Problem] = []

    def find(self, path: _Path, message: Sayable) -> None:
        self.findings.append(self.text.problem(path, message))

    def warn(self, path: _Path, message: Sayable) -> None:
        self.warnings.append(self.text.problem(path, message))

    # texts

    def languages(self) -> None:
        """Every text has each language that the software speaks."""
        spoken = languages()
        for path, words in _texts(self.text.data):
            for lang in spoken:
                if lang in words:
                    continue
                others = [key for key in words if key not in spoken]
                near = did_you_mean(lang, others) or (Message("Did you mean {name}?", name=lang) if others else None)
                missing = Message("The text is missing in the language {lang}.", lang=lang)
                self.find(path, Message("{problem} {hint}", problem=missing, hint=near) if near else missing)

    def untitled(self, flow: Workflow) -> None:
        """Moves and closures without a title are shown by their names, which are English as a rule."""
        for number, move in enumerate(flow.moves):
            if not isinstance(move.title, Text):
                self.warn(("moves", number), _untitled(move.name))
        for reason, closure in flow.closures.items():
            if not isinstance(closure.title, Text):
                self.warn(("closures", reason), _untitled(reason))

    # expressions that are no guards

    def kinds_of_expressions(self, flow: Workflow) -> None:
        names = _names(flow)
        for stage in flow.stages.values():
            kind = kind_of(stage.until.tree, names) if stage.until else None
            if stage.until and not (isinstance(kind, Scalar) and kind.type == "date"):
                self.find(("stages", stage.name, "until"), Message("{name} is no date.", name=stage.until.source))
        for path, issue in _issues(flow):
            if issue.each and _item(issue, names) is None:
                self.find(
                    (*path, "each"),
                    Message(
                        "{name} is no list of records: one document is issued for each item of a list such as "
                        "sessions.held_items.",
                        name=issue.each.source,
                    ),
                )

    # documents

    def documents(self, flow: Workflow, templates: Templates) -> None:
        """Every document has a template, and every variable of it exists in this workflow."""
        names = _names(flow)
        known = templates.names()
        earlier = _asked_before(flow)
        checked: dict[tuple[str, str | None], templatecheck.Checked] = {}
        for path, issue in _issues(flow):
            if issue.document not in known:
                hint: Sayable = did_you_mean(issue.document, known) or Message(
                    "There are: {names}.", names=list(known)
                )
                said = Message("There is no template {file}. {hint}", file=issue.document + SUFFIX, hint=hint)
                self.find(path, said)
                continue
            key = (issue.document, issue.each.source if issue.each else None)
            if key not in checked:
                checked[key] = _checked(flow, issue, names, templates)
                self.findings += checked[key].problems
            for record, where in checked[key].needs.items():
                if record not in earlier[path[:2]]:
                    self.warn(
                        path,
                        Message(
                            "The document {document} prints {record} ({where}), which nothing requires before it is "
                            "issued.",
                            document=issue.document,
                            record=record,
                            where=where,
                        ),
                    )


def _checked(
    flow: Workflow, issue: Issue, names: Mapping[str, Kind], templates: Templates, lang: str = ""
) -> templatecheck.Checked:
    usable = template_names(flow, names, _item(issue, names))
    single = [kind.view for kind in record_types(flow).values() if not kind.many and kind.name != CLIENT]
    return templatecheck.check(issue.document, templates, usable, single, lang, flow.added.filters)


def issues_of(flow: Workflow, document: str) -> list[Issue]:
    """How ``flow`` issues a document: once for the case, once for each of some items, or not at all."""
    found = [issue for _, issue in _issues(flow) if issue.document == document]
    return list({issue.each.source if issue.each else "": issue for issue in found}.values())


def check_template(flow: Workflow, issue: Issue, templates: Templates, lang: str = "") -> tuple[Problem, ...]:
    """What is wrong with the template of ``issue`` as ``flow`` issues it, with the template's lines.

    With ``lang`` it is what is wrong with its translation.
    """
    return _checked(flow, issue, _names(flow), templates, lang).problems


def word_names(flow: Workflow, issue: Issue) -> dict[str, Kind]:
    """What the Word template of ``issue`` may name: what every template may, the seal and the QR code."""
    names = names_for(flow, issue)
    document = names["document"]
    assert isinstance(document, Object)  # noqa: S101  # see template_names
    known = {name: kind for name, kind in names.items() if name not in {*flow.added.functions, *flow.added.globals}}
    return {**known, "qr": _T, "document": Object({**document.fields, "number": _T, "seal": _T})}


def names_for(flow: Workflow, issue: Issue) -> dict[str, Kind]:
    """Everything that the template of ``issue`` may name, and what it stands for."""
    names = _names(flow)
    return template_names(flow, names, _item(issue, names))


def _untitled(name: str) -> Message:
    return Message("{name} has no title: people read its name, in whatever language they work.", name=name)


def _texts(data: Any, path: _Path = ()) -> Iterator[tuple[_Path, Mapping[str, Any]]]:
    """Every text of a file that is given by language, wherever it stands: titles, labels, what guards say."""
    if isinstance(data, list):
        for number, part in enumerate(data):
            yield from _texts(part, (*path, number))
    if not isinstance(data, Mapping):
        return
    for key, part in data.items():
        here = (*path, key)
        if path[:1] in (("settings",), ("permissions",)):
            return
        named = path in _NAMES or path[2:] == ("fields",)  # what an office called something may be called title too
        if isinstance(part, Mapping) and not named and key in ("title", "say", "label"):
            yield here, part
        elif isinstance(part, Mapping) and key == "choices" and path[:1] == ("forms",):
            yield from (((*here, word), text) for word, text in part.items() if isinstance(text, Mapping))
        else:
            yield from _texts(part, here)


_NAMES: Final = (("stages",), ("closures",), ("forms",))
CLIENT: Final = "client"
"""The record that every case has from its first moment."""


def _names(flow: Workflow) -> dict[str, Kind]:
    forms = {name: form_type(name, spec) for name, spec in flow.forms.items()}
    return vocabulary(forms, flow.settings, flow.added)


def _issues(flow: Workflow) -> Iterator[tuple[_Path, Issue]]:
    """Every document that the workflow names, with its place in the file."""
    places: list[tuple[_Path, Sequence[Issue]]] = [
        *((("stages", stage.name), stage.documents) for stage in flow.stages.values()),
        *((("moves", number), move.documents) for number, move in enumerate(flow.moves)),
        (("closing", "early"), flow.early.documents if flow.early else ()),
        *((("closures", reason), closure.documents or ()) for reason, closure in flow.closures.items()),
    ]
    for path, documents in places:
        for number, issue in enumerate(documents):
            yield (*path, "documents", number), issue
    for reason, closure in flow.closures.items():
        for number, issue in enumerate(closure.early or ()):
            yield ("closures", reason, "early", number), issue


def _item(issue: Issue, names: Mapping[str, Kind]) -> Kind | None:
    """What the items are for each of which a document is issued; None where they are no numbered records."""
    kind = kind_of(issue.each.tree, names) if issue.each else None
    item = kind.item if isinstance(kind, ListOf) else None
    return item if isinstance(item, Object) and "item" in item.fields else None


def _asked_before(flow: Workflow) -> dict[_Path, set[str]]:
    """The records that were asked for when a stage is left, a move made or a case closed, by place in the file."""
    own: dict[_Path, set[str]] = {}
    for path, guard in proofs.placed_guards(flow):
        own.setdefault(path[:2], set()).update(names_in(guard.check))
    found: dict[_Path, set[str]] = {("closing", "early"): set()}
    passed: set[str] = set()
    entered: dict[str, set[str]] = {}
    for name in flow.order:
        entered[name] = set(passed)
        passed |= own.get(("stages", name), set())
        found["stages", name] = set(passed)
    for number, move in enumerate(flow.moves):
        sources = [name for name in flow.order if name in move.sources] or [flow.first]
        found["moves", number] = entered[sources[0]] | own.get(("moves", number), set())
    begun = names_in(flow.early.when) if flow.early else set()  # what makes a case more than an early one
    for reason, closure in flow.closures.items():
        whole = passed if closure.complete else begun
        found["closures", reason] = whole | own.get(("closures", reason), set())
    return found


_T: Final = Scalar("text")
_SIGNER: Final = Object(dict.fromkeys(("name", "full_name", "role", "supervisor", "title", "nip"), _T))


def template_names(flow: Workflow, names: Mapping[str, Kind], item: Kind | None = None) -> dict[str, Kind]:
    """Everything that a template of this workflow may name.

    Args:
        flow: the workflow.
        names: what its guards may name (``loader.vocabulary``).
        item: what each of the items is, for a document that is issued for each.
    """
    approval = Object({**dict.fromkeys(("what", "record", "because", "by", "role"), _T), "on": Scalar("date")})
    approvable = [*record_types(flow), *(move.name for move in flow.moves), ADVANCE, CLOSE]
    approvals = names["approvals"]
    given = approvals.fields if isinstance(approvals, Object) else {}
    override = Object(dict.fromkeys(("guard", "message", "reason"), _T))
    return {
        **{name: _kind_of_global(value) for name, value in flow.added.globals.items()},
        **names,
        "approvals": Object({**dict.fromkeys(approvable, approval), **given}),
        "office": _kind_of_profile(_OFFICE.as_data()),
        "move": Object(
            {
                **dict.fromkeys(("move", "because", "title", "from", "to", "reason"), _T),
                "status": Scalar("choice", STATUSES),
                "by": _SIGNER,
                "until": Scalar("date"),
                "overrides": ListOf(override),
            }
        ),
        "document": Object(
            {
                "name": _T,
                "version": Scalar("integer"),
                "correction": Scalar("integer"),
                "identity": Scalar("choice", IDENTITIES),
            }
        ),
        "today": Scalar("date"),
        "lang": _T,
        "item": item or Object(),
    }


_OFFICE: Final = Office(agency="-", letter=Letter(), officials=(Signatory(signs=("-",)),), copies={"-": ("-",)})
"""A profile with an item in each of its lists."""


def _kind_of_global(value: object) -> Kind:
    return value.kind if isinstance(value, Addition) else _kind_of_profile(value)


def _kind_of_profile(value: object) -> Kind:
    if isinstance(value, Mapping):
        return Object({name: _kind_of_profile(part) for name, part in value.items()})
    if isinstance(value, list | tuple):
        return ListOf(_kind_of_profile(value[0]))
    return Scalar("number") if isinstance(value, int | float) else _T
