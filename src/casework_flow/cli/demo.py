"""An example case, walked as its folder's ``walk.yaml`` says, and its documents written for everybody to read."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from .. import facts
from ..casework import Casework
from ..errors import Invalid, Problem, Refused
from ..messages import Message, Sayable
from ..resources import shipped
from ..values import Approval, Case, Done, Issued, Recorded, Staff
from .app import App, Result
from .files import read, staged
from .project import fill
from .screen import Screen

EXAMPLE: Final = "case-s"
"""The example that the demonstration walks."""
WALK: Final = "walk.yaml"
DOCUMENTS: Final = "documents"
SUFFIXES: Final = (".pdf", ".docx", ".html", ".txt")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a walk, and what the front door gave back."""

    verb: str
    on: str
    by: str
    result: Staff | Case | Recorded | Done | Approval

    def as_data(self) -> dict[str, Any]:
        """The JSON form."""
        return {"do": self.verb, "at": self.on, "by": self.by, "what": self.told().say("en")}

    def told(self) -> Sayable:
        """The step as a sentence."""
        match self.result:
            case Staff() as person:
                return Message("{name} joins the staff", name=person.full_name)
            case Case() as case:
                return Message("{case} is opened for {client}", case=case.number, client=case.client)
            case Recorded() as done if len(done.items) > 1:
                return Message("{record} is recorded ({count} items)", record=done.record, count=len(done.items))
            case Recorded() as done:
                return Message("{record} is recorded", record=done.record)
            case Approval() as decision if decision.approved:
                return Message("{what} is approved", what=decision.what)
            case Approval() as decision:
                return Message("{what} is rejected", what=decision.what)
            case Done() as done:
                return Message("{source} → {to}", source=done.source, to=done.to)


def load_walk(folder: Path) -> Mapping[str, Any]:
    """An example's office, staff and steps.

    Raises:
        NotFound: the folder holds no walk.
        Invalid: it is no YAML.
    """
    found = read(str(folder / WALK)).data
    if not isinstance(found, Mapping):
        raise Invalid(Message("{path} cannot be used.", path=folder / WALK))
    return found


def walk(cw: Casework, folder: Path) -> Iterator[Step]:
    """Walk the example in ``folder`` through the front door, step by step.

    ``walk.yaml`` there names the staff and the steps. A step says what to ``do`` and gives the arguments of that
    verb; ``at`` and ``by`` hold until another step changes them; the files are records beside the walk.

    Raises:
        CaseworkError: a step was refused.
        Invalid: there is no such step.
    """
    plan = load_walk(folder)
    for person in plan["staff"]:
        yield Step("staff", "", "", cw.add_staff(**person))
    yield from steps(cw, folder, plan)


def steps(cw: Casework, folder: Path, plan: Mapping[str, Any]) -> Iterator[Step]:
    """The steps of ``walk``, where the staff is there already; ``plan`` is what ``walk.yaml`` says."""
    number, at, by = "", "", ""
    for place, given in enumerate(plan["steps"], start=1):
        step = dict(given)
        at, by = str(step.pop("at", at)), step.pop("by", by)
        verb = step.pop("do", "")
        if verb == "open":
            step["client"] = read(str(folder / step["client"])).data
            opened = cw.open(**step, by=by, at=at)
            number = opened.number
            yield Step(verb, at, by, opened)
        elif verb == "record":
            kind = facts.record_types(cw.workflow(number)).get(step["record"])
            step["data"] = read(str(folder / step.pop("file")), kind).data
            yield Step(verb, at, by, cw.record(number, **step, by=by, at=at))
        elif verb in ("advance", "move", "close", "approve", "reject"):
            yield Step(verb, at, by, getattr(cw, verb)(number, **step, by=by, at=at))
        else:
            problem = Problem(f"steps.{place}", Message("There is no step {verb}.", verb=verb or "?"))
            raise Invalid(Message("{path} cannot be used.", path=folder / WALK), [problem])


def file_name(issued: Issued, order: list[str]) -> str:
    """The name of an issued document's file: its place among the documents, its name, which item and version."""
    if issued.name not in order:
        order.append(issued.name)
    item = f"-{issued.item}" if issued.item else ""
    version = f"-v{issued.version}" if issued.version > 1 else ""
    return f"{order.index(issued.name) + 1:02}-{issued.name}{item}{version}"


def write_documents(cw: Casework, number: str, issued: list[Issued], folder: Path) -> Iterator[str]:
    """Write each of the documents ``issued`` into ``folder`` in every one of ``SUFFIXES``; the name of each."""
    folder.mkdir()
    order: list[str] = []
    for one in issued:
        name = file_name(one, order)
        document = cw.document(number, one.name, item=one.item, version=one.version)
        contents = (document.pdf(), document.docx(), document.html().encode(), document.text().encode())
        for suffix, content in zip(SUFFIXES, contents, strict=True):
            (folder / f"{name}{suffix}").write_bytes(content)
        yield name


def run(app: App, folder: Path) -> Result:
    """The verb: a new project with the example walked through, or nothing.

    Raises:
        Refused: the folder is not empty.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(Message("{path} is not empty; name a new folder.", path=folder))
    example = shipped("examples") / EXAMPLE
    screen = Screen(sys.stderr, app.lang)
    steps: list[Step] = []
    with staged(folder) as draft:
        cw = fill(draft, load_walk(example)["office"])
        for step in walk(cw, example):
            steps.append(step)
            _tell(screen, step)
        issued = [document for step in steps if isinstance(step.result, Done) for document in step.result.documents]
        number = next(step.result.number for step in steps if isinstance(step.result, Case))
        names = screen.progress(
            Message("Writing the documents"),
            write_documents(cw, number, issued, draft / DOCUMENTS),
            total=len(issued),
        )
        case = cw.case(number)
    data = {
        "folder": str(folder),
        "case": number,
        "stage": case.stage,
        "status": case.status,
        "steps": [step.as_data() for step in steps],
        "documents": [str(folder / DOCUMENTS / f"{name}{suffix}") for name in names for suffix in SUFFIXES],
    }
    return Result(data, lambda screen: _told(screen, folder, number, len(issued)))


def _tell(screen: Screen, step: Step) -> None:
    if isinstance(step.result, Done):
        screen.item("▶", "bold cyan", f"{step.on}  {step.told().say(screen.lang)}", indent=0, text_style="bold")
        names = dict.fromkeys(document.name for document in step.result.documents)
        screen.item("", "", Message("issued: {names}", names=list(names)), indent=13, text_style="dim")
    else:
        on = step.on or f"{'':10}"
        by = f"  ({step.by})" if step.by else ""
        screen.item("✓", "green", f"{on}  {step.told().say(screen.lang)}{by}", indent=0)


def _told(screen: Screen, folder: Path, number: str, count: int) -> None:
    screen.line()
    screen.item(
        "✓",
        "bold green",
        Message("The case is closed; {count} documents were issued.", count=count),
        indent=0,
        text_style="bold",
    )
    screen.line(Message("Read them in {folder}, as PDF, Word file, HTML and text.", folder=folder / DOCUMENTS))
    screen.line(Message("Look at the case:"))
    for words in (f"cd {folder}", f"casework status {number}", f"casework history {number}", "casework verify"):
        screen.command(words, indent=2)
