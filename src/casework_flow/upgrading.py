"""Versions of a workflow: one that cases begin to live by, and running cases that move to a newer one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from . import facts
from .cases import Loaded
from .documents.render import Templates
from .errors import Faulty, Invalid, Problem, Refused
from .messages import Message, Sayable
from .recording import validated
from .store.store import Transaction
from .values import Upgraded
from .workflow import Workflow


def adopt(tx: Transaction, flow: Workflow, templates: Templates) -> list[Sayable]:
    """Store a workflow that cases are to live by from now on; what is odd about it.

    ``workflow check`` finds far more; what would stop each case half-way is refused here all the same.

    Raises:
        Invalid: a document of it has no template.
    """
    if tx.workflow(flow.digest) is not None:
        return []
    there = templates.names()
    lost = sorted({issue.document for issue in flow.issues()} - set(there))
    if lost:
        raise Invalid(
            Message("No case can live by {workflow}: run casework workflow check.", workflow=flow.name),
            [Problem(name, Message("There is no template for this document.")) for name in lost],
        )
    tx.keep_workflow(flow.digest, flow.text)
    if tx.cases({"workflow": flow.name, "workflow_version": flow.version}, limit=1):
        return [
            Message(
                "The file of {workflow} has changed, and its version is still {version}: give a changed file the "
                "next number, so that the two can be told apart.",
                workflow=flow.name,
                version=flow.version,
            )
        ]
    return []


def obstacles(loaded: Loaded, flow: Workflow) -> Iterator[Sayable]:
    """Why a case cannot live by ``flow``; nothing where it can.

    A case needs its stage, and each of its records must be sound by the forms of the newer version: what was
    recorded is never changed to fit.
    """
    state = loaded.state
    if state.stage not in flow.stages:
        yield Message("The newer version has no stage {stage}.", stage=state.stage)
    kinds = facts.record_types(flow)
    for name, entries in loaded.entries.items():
        if name in kinds and loaded.kinds[name] == kinds[name]:
            continue
        if name not in kinds:
            yield Message("The newer version has no record {record}, and the case has one.", record=name)
            continue
        for entry in entries:
            try:
                validated(kinds[name], entry.content, flow, loaded.today)
            except Invalid as fault:
                for problem in fault.problems:
                    yield Message(
                        "{record} {item}: {where}: {why}",
                        record=name,
                        item=entry.item,
                        where=problem.where,
                        why=problem.message,
                    )


class CasesStuck(Faulty, Refused):
    """Some cases cannot live by the newer version; change the file, or move only those that can."""

    def __init__(self, result: Upgraded) -> None:
        numbers = list(result.stuck)
        super().__init__(
            Message(
                "{count} running cases cannot move to version {version}: {numbers}.",
                count=len(numbers),
                version=result.version,
                numbers=numbers,
            ),
            [Problem(number, reason) for number, reasons in result.stuck.items() for reason in reasons],
        )


def words(loaded: Loaded, flow: Workflow) -> dict[str, Any]:
    """What the event of the upgrade says."""
    return {
        "from_version": loaded.state.workflow_version,
        "workflow_version": flow.version,
        "workflow_digest": flow.digest,
    }


def same(row: Mapping[str, Any], flow: Workflow) -> bool:
    """Whether the case of ``row`` is none that ``flow`` concerns: another programme, closed, or there already."""
    return row["workflow"] != flow.name or row["status"] == "closed" or bool(row["workflow_digest"] == flow.digest)
