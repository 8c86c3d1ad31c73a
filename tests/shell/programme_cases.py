"""The shipped programmes, and their examples walked as far as a test wants them. All persons are fictional."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from casework_flow import office
from casework_flow.casework import Casework
from casework_flow.cli.demo import Step, load_walk, walk
from casework_flow.cli.project import fill
from casework_flow.documents import markup, render
from casework_flow.errors import Refused
from casework_flow.issuing import Document
from casework_flow.loader import Library
from casework_flow.resources import shipped
from casework_flow.values import Done
from casework_flow.workflow import Issue, Workflow
from casework_flow.yaml12 import parse

LIBRARY = Library([shipped("workflows")])
TEMPLATES = render.Templates([shipped("templates")])
EXAMPLES = {
    "pkh-economic": "case-s",
    **{
        name: name
        for name in ("casework", "child-in-conflict-with-law", "neglected-elderly", "psychosocial-emergency")
    },
}
"""Each programme's example."""
CHILD, ELDERLY, EMERGENCY = "child-in-conflict-with-law", "neglected-elderly", "psychosocial-emergency"
SIX = ("engagement", "assessment", "planning", "intervention", "evaluation", "termination")
NUMBER = "KSS-2025-0001"


def project(folder: Path) -> Casework:
    own = office.load(folder / office.FILE)
    return Casework(own.database_url, office=own)


@dataclass(frozen=True)
class Standing:
    """A case of an example, as far as it has come; ``on`` is the day of its last step."""

    cw: Casework
    worker: str
    on: str

    def record(self, record: str, data: Any) -> None:
        by = "sup" if record == "supervision" else self.worker
        self.cw.record(NUMBER, record, data, by=by, at=self.on)

    def close(self, because: str) -> Done:
        return self.cw.close(NUMBER, because=because, by=self.worker, at=self.on)

    def closed(self, because: str) -> Done:
        """Close the case, with the supervisor's approval where it is asked for."""
        try:
            return self.close(because)
        except Refused as no:
            if unmet(no) != {"close_approved"}:
                raise
        self.cw.approve(NUMBER, "close", by="sup", at=self.on)
        return self.close(because)

    def documents(self, done: Done) -> list[Document]:
        return [self.cw.document(NUMBER, one.name, item=one.item, version=one.version) for one in done.documents]


class Examples:
    """Projects in which an example has come as far as a stage; each is walked once and then copied."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.days: dict[tuple[str, str], tuple[str, str]] = {}

    def at(self, programme: str, stage: str, destination: Path) -> Standing:
        """The example has just entered ``stage``; ``""`` is a case with its intake, ``"closed"`` one that is over."""
        made = self.folder / f"{programme}-{stage}"
        if (programme, stage) not in self.days:
            made.mkdir()
            example = shipped("examples") / EXAMPLES[programme]
            for step in walk(fill(made, load_walk(example)["office"]), example):
                if _reached(step, stage):
                    break
            self.days[programme, stage] = (project(made).case(NUMBER).worker, step.on)
        copied = Path(shutil.copytree(made, destination))
        return Standing(project(copied), *self.days[programme, stage])


def _reached(step: Step, stage: str) -> bool:
    if not stage:
        return getattr(step.result, "record", None) == "intake"
    return isinstance(step.result, Done) and step.result.to == stage


def unmet(no: Refused) -> set[str]:
    return {requirement.guard for requirement in no.unmet}


def issues(flow: Workflow) -> Iterator[Issue]:
    for part in (*flow.stages.values(), *flow.moves, *flow.closures.values()):
        yield from part.documents or ()
    yield from flow.early.documents if flow.early else ()


def nodes(node: markup.Node) -> Iterator[markup.Node]:
    yield node
    for child in node.nodes:
        yield from nodes(child)


Edit = Callable[[Any], object]


def without(*records: str) -> Edit:
    """The walk without the steps that record these; the others keep their days."""

    def edit(plan: Any) -> None:
        assert {step.get("record") for step in plan["steps"]} >= set(records)
        kept, now = [], {}
        for step in plan["steps"]:
            now = {**now, **{key: step[key] for key in ("at", "by") if key in step}}
            if step.get("record") not in records:
                kept.append({**now, **step})
        plan["steps"] = kept

    return edit


def put(**fields: Any) -> Edit:
    """A record, or the first of several, with other values; None takes a field away."""

    def edit(data: Any) -> None:
        record = data[0] if isinstance(data, list) else data
        assert record.keys() & fields.keys(), "nothing is changed"
        record.update(fields)
        for name in [name for name, value in fields.items() if value is None]:
            del record[name]

    return edit


def lacking(what: str) -> Edit:
    """The consents without those of one type."""

    def edit(consents: list[Any]) -> None:
        consents[:] = [one for one in consents if one["type"] != what]

    return edit


def walk_changed(programme: str, file: str, edit: Edit, folder: Path) -> Casework:
    """Walk an example with one file changed, to the end or to the first refusal."""
    example = Path(shutil.copytree(shipped("examples") / EXAMPLES[programme], folder / "example"))
    path = example / f"{file}.yaml"
    data = parse(path.read_text(encoding="utf-8"))[0]
    edit(data)
    path.write_text(json.dumps(data), encoding="utf-8")
    (folder / "project").mkdir()
    cw = fill(folder / "project", load_walk(example)["office"])
    for _ in walk(cw, example):
        pass
    return cw
