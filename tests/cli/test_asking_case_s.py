"""Case S entered by answering prompts in a pseudo-terminal, and by a file for each record: the same case.

Compared are the content of every record in its normal form, with type, item, revision, working date and author; the
stage and status; and of every document issued its name, item, version and day. The digest of a document covers the
letter as it is printed, and so is compared as it stands. Ids, salts and the moments of recording differ by nature.
"""

from __future__ import annotations

import os
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pexpect
import pytest
from driver import CASE_S, NUMBER, casework
from typist import meaning, typed

from casework_flow import facts, office
from casework_flow.cli.demo import load_walk, walk
from casework_flow.cli.files import read
from casework_flow.cli.interview import Interview
from casework_flow.cli.project import fill
from casework_flow.loader import Library
from casework_flow.records.fields import Context
from casework_flow.resources import shipped

PROMPT = r"(?:: |> )$"
"""A question, behind which nothing more comes until it is answered."""
LIMIT = 20
"""Seconds after which a terminal that does not answer has failed."""


def terminal(folder: Path, *argv: str) -> pexpect.spawn:
    environment = {**os.environ, "TERM": "dumb", "CASEWORK_LANG": "en", "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}
    code = "from casework_flow.cli import main; main()"
    words = ["-c", code, *argv]
    child = pexpect.spawn(
        sys.executable, words, cwd=str(folder), env=environment, dimensions=(50, 80), encoding="utf-8", timeout=LIMIT
    )
    child.delaybeforesend = None
    return child


def enter(folder: Path, kind: Any, context: Context, wanted: Any, *argv: str) -> None:
    """Answer every question of a command as ``wanted`` says, and confirm what it shows."""
    child = terminal(folder, *argv)
    interview = Interview(kind, context)
    for answer in typed(interview, wanted):
        child.expect(PROMPT)
        child.sendline(answer)
        assert interview.question is not None
        assert interview.give(meaning(interview.question, wanted)) is None
    child.expect_exact("Record it? [yes]: ")
    child.sendline("")
    said = child.read()
    child.close()
    assert child.exitstatus == 0, said


def by_answers(folder: Path) -> None:
    """Walk case S with a terminal for each of its records."""
    flow = Library([shipped("workflows")]).load("pkh-economic")
    kinds = facts.record_types(flow)
    review = [reason for reason, closure in flow.closures.items() if closure.complete]
    at = by = ""
    for step in load_walk(CASE_S)["steps"]:
        at, by = str(step.get("at", at)), step.get("by", by)
        who = ("--at", at, "--as", by)
        context = Context(date.fromisoformat(at), review, list(flow.closures))
        verb = step["do"]
        if verb == "open":
            client = read(str(CASE_S / step["client"])).data
            enter(folder, kinds["client"], context, client, "open", step["workflow"], *who)
        elif verb == "record":
            kind = kinds[step["record"]]
            data = read(str(CASE_S / step["file"]), kind).data
            wanted = [data] if kind.many and isinstance(data, dict) else data
            enter(folder, kind, context, wanted, "record", NUMBER, kind.name, *who)
        else:
            more = {"approve": lambda s: [s["what"]], "close": lambda s: ["--because", s["because"]]}
            done = casework(verb, NUMBER, *more.get(verb, lambda _: [])(step), *who)
            assert done.code == 0, done.err


def told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the case in ``folder`` holds, without what differs by nature."""
    monkeypatch.chdir(folder)
    status = casework("status", NUMBER, "--json").data
    records = casework("show", NUMBER, "--revisions", "--json").data
    documents = casework("documents", NUMBER, "--json").data
    assert casework("verify").code == 0
    return {"at": (status["stage"], status["status"]), "records": records, "documents": documents}


def test_prompts_and_files_give_the_same_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = load_walk(CASE_S)
    for name in ("files", "answers"):
        (tmp_path / name).mkdir()
    for _ in walk(fill(tmp_path / "files", plan["office"]), CASE_S):
        pass
    cw = fill(tmp_path / "answers", plan["office"])
    for person in plan["staff"]:
        cw.add_staff(**person)
    cw.disconnect()
    monkeypatch.chdir(tmp_path / "answers")
    by_answers(tmp_path / "answers")
    assert not list((tmp_path / "answers" / ".casework" / "drafts").iterdir()), "what is recorded leaves no draft"
    files, answers = told(tmp_path / "files", monkeypatch), told(tmp_path / "answers", monkeypatch)
    assert len(files["documents"]) > 15
    assert len(files["records"]) > 100
    assert answers == files
    assert office.load(tmp_path / "answers" / "casework.toml").agency == plan["office"]["agency"]
