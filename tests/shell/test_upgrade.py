"""Running cases and a newer version of their programme's file: who moves to it, who cannot, and what stays."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from case_s import (
    NUMBER,
    OFFICE,
    STAFF,
    TEMPLATES,
    WORKFLOW,
    Clock,
    Databases,
    data,
    guards,
    prepare_closing,
    refused,
)

from casework_flow.casework import Casework
from casework_flow.errors import Invalid, NotFound, Refused

NAME = "pkh-economic"
DAY = "2025-03-13"

Edit = Callable[[dict[str, Any]], None]


class Place:
    """An office in a folder, whose workflow file is changed while cases live by it."""

    def __init__(self, folder: Path, database: Path) -> None:
        self.folder, self.database = folder, database
        self.flow = deepcopy(WORKFLOW)

    def open(self) -> Casework:
        """The front door, as the next command finds it: with the files of this moment."""
        return Casework(
            f"sqlite:///{self.database}",
            office=OFFICE,
            workflows=[self.folder],
            templates=[TEMPLATES],
            clock=Clock(),
        )

    def newer(self, edit: Edit) -> Casework:
        """The office after somebody has put a newer version of the programme's file there."""
        self.flow["version"] += 1
        edit(self.flow)
        text = yaml.safe_dump(self.flow, allow_unicode=True, sort_keys=False)
        (self.folder / f"{NAME}.yaml").write_text(text, encoding="utf-8")
        return self.open()


@pytest.fixture
def place(databases: Databases, tmp_path: Path) -> Callable[[str], Place]:
    """An office in which case S has just entered a stage."""

    def opened(stage: str) -> Place:
        return Place(tmp_path, databases.at(stage, tmp_path / "casework.db"))

    return opened


At = Callable[[str], Place]


def nothing(flow: dict[str, Any]) -> None:
    """A version that differs in its number only."""


def supervised(flow: dict[str, Any]) -> None:
    """Leaving assessment needs a supervision."""
    say = {"id": "Belum ada supervisi", "en": "There is no supervision"}
    check = "supervisions.count >= 1"
    guard = {"guard": "supervised", "kind": "legal", "check": check, "say": say, "fix": "supervision"}
    flow["stages"]["assessment"]["requires"].append(guard)


def without_assessment(flow: dict[str, Any]) -> None:
    """The case's stage is called otherwise."""
    flow["stages"] = {("study" if name == "assessment" else name): stage for name, stage in flow["stages"].items()}
    for move in flow["moves"]:
        for key in ("from", "to"):
            if key in move:
                move[key] = yaml.safe_load(yaml.safe_dump(move[key]).replace("assessment", "study"))


def form(required: bool, kind: str = "text") -> Edit:
    """The programme has a form of its own."""

    def edit(flow: dict[str, Any]) -> None:
        label = {"id": "Tempat", "en": "Place"}
        field = {"type": kind, "label": label, "required": True}
        more = {"since": {"type": "date", "label": label, "required": True}} if required else {}
        flow["forms"] = {"placement": {"title": label, "fields": {"place": field, **more}}}

    return edit


def without_forms(flow: dict[str, Any]) -> None:
    flow["forms"] = {}


def ready(cw: Casework) -> None:
    """Everything that the shipped version asks for to leave assessment."""
    for record in ("genogram", "ecomap", "assessment"):
        cw.record(NUMBER, record, data(record), by="rina", at=DAY)


def state(cw: Casework) -> object:
    """Everything that the office holds of its cases."""
    return [(case, cw.history(case.number), cw.documents(case.number)) for case in cw.list()]


def test_a_guard_of_a_newer_version_applies_after_the_upgrade_and_not_before(place: At) -> None:
    cw = place("assessment").newer(supervised)
    ready(cw)
    assert cw.advance(NUMBER, by="rina", at=DAY, dry_run=True).to == "planning"
    assert cw.workflow(NUMBER).version == cw.case(NUMBER).workflow_version == 1
    done = cw.upgrade(NAME, by="sup", at=DAY)
    assert (done.workflow, done.version, done.cases, done.stuck) == (NAME, 2, (NUMBER,), {})
    assert cw.workflow(NUMBER).version == cw.case(NUMBER).workflow_version == 2
    assert guards(refused(cw, "advance", at=DAY)) == ["supervised"]
    cw.record(NUMBER, "supervision", {"date": DAY, "note": "dibahas"}, by="sup", at=DAY)
    assert cw.advance(NUMBER, by="rina", at=DAY).to == "planning"
    assert cw.verify() == ()


def test_an_event_in_each_case_tells_of_the_upgrade(place: At) -> None:
    cw = place("assessment").newer(nothing)
    before = cw.history(NUMBER)
    old = cw.workflow(NUMBER).digest
    cw.upgrade(NAME, by="sup", at=DAY)
    *earlier, event = cw.history(NUMBER)
    assert tuple(earlier) == before
    assert (event["kind"], event["on"], event["by"], event["role"]) == ("upgraded", DAY, "sup", "supervisor")
    body = event["body"]
    assert (body["from_version"], body["workflow_version"]) == (1, 2)
    assert body["workflow_digest"] == cw.workflow(NUMBER).digest != old
    case = cw.case(NUMBER)
    assert (case.stage, case.status, case.cycle, case.episode) == ("assessment", "active", 1, 1)


def test_the_listeners_are_told_after_the_upgrade(place: At) -> None:
    cw, told = place("assessment").newer(nothing), []
    cw.on("upgraded", told.append)
    cw.upgrade(NAME, by="sup", at=DAY, dry_run=True)
    assert told == []
    done = cw.upgrade(NAME, by="sup", at=DAY)
    assert told == [done]


def test_an_upgrade_is_made_once(place: At) -> None:
    cw = place("assessment").newer(nothing)
    cw.upgrade(NAME, by="sup", at=DAY)
    before = state(cw)
    again = cw.upgrade(NAME, by="sup", at=DAY)
    assert (again.cases, again.stuck) == ((), {})
    assert state(cw) == before


def test_a_dry_run_tells_the_same_and_writes_nothing(place: At) -> None:
    cw = place("assessment").newer(supervised)
    before = state(cw)
    would = cw.upgrade(NAME, by="sup", at=DAY, dry_run=True)
    assert (would.dry_run, would.version, would.cases, would.stuck) == (True, 2, (NUMBER,), {})
    assert state(cw) == before
    assert cw.workflow(NUMBER).version == 1
    ready(cw)
    assert cw.advance(NUMBER, by="rina", at=DAY).to == "planning"


def test_a_case_whose_stage_is_gone_is_stuck_and_nothing_is_written(place: At) -> None:
    cw = place("assessment").newer(without_assessment)
    before = state(cw)
    would = cw.upgrade(NAME, by="sup", at=DAY, dry_run=True)
    assert would.cases == ()
    [reason] = would.stuck[NUMBER]
    assert reason.say("en") == "The newer version has no stage assessment."
    assert reason.say("id") != reason.say("en")
    with pytest.raises(Refused) as refusal:
        cw.upgrade(NAME, by="sup", at=DAY)
    assert NUMBER in str(refusal.value)
    assert [(problem.where, problem.message) for problem in refusal.value.problems] == [(NUMBER, reason)]
    assert state(cw) == before


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        (form(required=True), "placement 1: since: "),
        (form(required=False, kind="integer"), "placement 1: place: "),
        (without_forms, "The newer version has no record placement, and the case has one."),
    ],
    ids=["another-field", "another-type", "no-form"],
)
def test_a_case_whose_record_the_newer_form_refuses_is_stuck(place: At, edit: Edit, why: str) -> None:
    office = place("assessment")
    cw = office.newer(form(required=False))
    cw.upgrade(NAME, by="sup", at=DAY)
    cw.record(NUMBER, "placement", {"place": "rumah paman"}, by="rina", at=DAY)
    cw = office.newer(edit)
    before = state(cw)
    with pytest.raises(Refused) as refusal:
        cw.upgrade(NAME, by="sup", at=DAY)
    [problem] = refusal.value.problems
    assert problem.where == NUMBER
    assert problem.message.say("en").startswith(why)
    assert all(problem.message.say(lang) for lang in ("id", "en"))
    assert state(cw) == before


def test_a_form_that_only_asks_less_or_another_thing_stops_nobody(place: At) -> None:
    office = place("assessment")
    cw = office.newer(form(required=True))
    cw.upgrade(NAME, by="sup", at=DAY)
    cw.record(NUMBER, "placement", {"place": "rumah paman", "since": "2025-03-01"}, by="rina", at=DAY)

    def optional(flow: dict[str, Any]) -> None:
        flow["forms"]["placement"]["fields"]["since"]["required"] = False
        flow["forms"]["visit_pass"] = deepcopy(flow["forms"]["placement"])

    cw = office.newer(optional)
    assert cw.upgrade(NAME, by="sup", at=DAY).cases == (NUMBER,)
    cw.record(NUMBER, "placement", {"place": "rumah nenek"}, by="rina", at=DAY, revise=True)
    cw.record(NUMBER, "visit_pass", {"place": "kantor"}, by="rina", at=DAY)
    assert cw.verify() == ()


def test_partly_moves_those_that_can(place: At) -> None:
    office = place("assessment")
    other = office.open().open(NAME, client=data("client"), by="maya", at=DAY).number
    cw = office.newer(without_assessment)
    before = cw.history(NUMBER)
    with pytest.raises(Refused):
        cw.upgrade(NAME, by="sup", at=DAY)
    assert [event["kind"] for event in cw.history(other)] == ["opened"]
    done = cw.upgrade(NAME, by="sup", at=DAY, partly=True)
    assert (done.cases, list(done.stuck)) == ((other,), [NUMBER])
    assert cw.history(NUMBER) == before
    assert [cw.workflow(number).version for number in (NUMBER, other)] == [1, 2]
    assert [event["kind"] for event in cw.history(other)] == ["opened", "upgraded"]
    assert cw.verify() == ()
    ready(cw)
    assert cw.advance(NUMBER, by="rina", at=DAY).to == "planning"


def test_documents_issued_before_the_upgrade_stay_as_they_were_issued(place: At) -> None:
    office = place("planning")
    cw = office.open()
    issued = cw.documents(NUMBER)
    assert {document.name for document in issued} >= {"contract", "assessment"}
    pages = [cw.document(NUMBER, document.name).html() for document in issued]

    def other_words(flow: dict[str, Any]) -> None:
        flow["title"] = {"id": "Judul lain", "en": "Another title"}
        flow["stages"]["assessment"]["title"] = {"id": "Tahap lain", "en": "Another stage"}
        flow["settings"]["consistent_days"] = 2
        for stage in flow["stages"].values():
            stage["documents"] = []

    cw = office.newer(other_words)
    cw.upgrade(NAME, by="sup", at="2025-03-14")
    assert cw.documents(NUMBER) == issued
    documents = [cw.document(NUMBER, document.name) for document in issued]
    assert [document.sha256 for document in documents] == [document.sha256 for document in issued]
    assert [document.html() for document in documents] == pages
    assert cw.verify() == ()


def test_what_was_approved_and_recorded_before_counts_after_the_upgrade(place: At) -> None:
    office = place("planning")
    cw = office.open()
    cw.record(NUMBER, "plan", data("plan"), by="rina", at="2025-03-14")
    cw.approve(NUMBER, "plan", by="sup", at="2025-03-14")
    due = cw.case(NUMBER).due_on
    cw = office.newer(nothing)
    cw.upgrade(NAME, by="sup", at="2025-03-14")
    assert cw.case(NUMBER).due_on == due
    assert cw.advance(NUMBER, by="rina", at="2025-03-17").to == "intervention"


def test_a_paused_case_moves_to_the_newer_version_and_stays_paused(place: At) -> None:
    office = place("assessment")
    office.open().move(NUMBER, "pause", by="rina", at=DAY, reason="mudik")
    cw = office.newer(nothing)
    assert cw.upgrade(NAME, by="sup", at=DAY).cases == (NUMBER,)
    assert cw.case(NUMBER).status == "paused"
    cw.move(NUMBER, "resume", by="rina", at="2025-03-20", reason="kembali")
    assert (cw.case(NUMBER).status, cw.verify()) == ("active", ())


def test_a_closed_case_stays_with_its_version(place: At) -> None:
    office = place("assessment")
    cw = office.open()
    prepare_closing(cw, "client_withdrew", DAY)
    cw.close(NUMBER, because="client_withdrew", by="rina", at=DAY)
    cw = office.newer(without_assessment)
    before = state(cw)
    done = cw.upgrade(NAME, by="sup", at=DAY)
    assert (done.cases, done.stuck) == ((), {})
    assert state(cw) == before
    assert cw.workflow(NUMBER).version == 1


def test_a_case_in_another_programme_is_left_alone(place: At) -> None:
    office = place("assessment")
    other = office.open().open("casework", client=data("client"), by="maya", at=DAY).number
    cw = office.newer(nothing)
    before = cw.history(other), cw.workflow(other).digest
    assert cw.upgrade(NAME, by="sup", at=DAY).cases == (NUMBER,)
    assert (cw.history(other), cw.workflow(other).digest) == before
    assert cw.upgrade("casework", by="sup", at=DAY).cases == ()


@pytest.mark.parametrize("who", ["rina", "maya", "budi"])
@pytest.mark.parametrize("how", [{}, {"dry_run": True}, {"partly": True}], ids=["all", "dry-run", "partly"])
def test_who_may_not_upgrade_is_refused(place: At, who: str, how: dict[str, bool]) -> None:
    cw = place("assessment").newer(nothing)
    before = state(cw)
    with pytest.raises(Refused) as refusal:
        cw.upgrade(NAME, by=who, at=DAY, **how)
    full_name = next(person["full_name"] for person in STAFF if person["name"] == who)
    assert full_name in str(refusal.value)
    assert "supervisor" in str(refusal.value)
    assert state(cw) == before


def test_the_newer_file_says_who_may_upgrade(place: At) -> None:
    office = place("assessment")

    def heads_only(flow: dict[str, Any]) -> None:
        flow["permissions"]["upgrade"] = ["office_head"]

    cw = office.newer(heads_only)
    with pytest.raises(Refused):
        cw.upgrade(NAME, by="sup", at=DAY)
    assert cw.upgrade(NAME, by="head", at=DAY).cases == (NUMBER,)


def test_an_upgrade_on_a_day_before_the_last_one_of_a_case_is_refused(place: At) -> None:
    cw = place("planning").newer(nothing)
    before = state(cw)
    with pytest.raises(Refused) as refusal:
        cw.upgrade(NAME, by="sup", at="2025-03-03")
    assert NUMBER in str(refusal.value) or "2025-03-03" in str(refusal.value)
    assert state(cw) == before


def test_a_workflow_that_nobody_has_is_not_found(place: At) -> None:
    cw = place("assessment").open()
    with pytest.raises(NotFound) as missing:
        cw.upgrade("pkh-economi", by="sup", at=DAY)
    assert "pkh-economic" in str(missing.value)


def test_it_can_go_back_to_a_version_that_it_lived_by_before(place: At) -> None:
    """An error in the newer file is undone by the older file, as one more upgrade."""
    office = place("assessment")
    cw = office.newer(supervised)
    cw.upgrade(NAME, by="sup", at=DAY)
    (office.folder / f"{NAME}.yaml").unlink()
    cw = office.open()
    assert cw.upgrade(NAME, by="sup", at=DAY).cases == (NUMBER,)
    versions = [event["body"]["workflow_version"] for event in cw.history(NUMBER) if event["kind"] == "upgraded"]
    assert versions == [2, 1]
    ready(cw)
    assert cw.advance(NUMBER, by="rina", at=DAY).to == "planning"
    assert cw.verify() == ()


def test_no_case_begins_by_a_file_whose_document_has_no_template(tmp_path: Path, databases: Databases) -> None:
    place = Place(tmp_path, databases.at("engagement", tmp_path / "office.db"))
    cw = place.newer(lambda flow: flow["stages"]["evaluation"]["documents"].append("no_such_letter"))
    with pytest.raises(Invalid, match="workflow check") as no:
        cw.open(NAME, client=data("client"), by="rina", at=DAY)
    assert [problem.where for problem in no.value.problems] == ["no_such_letter"]
    with pytest.raises(Invalid, match="workflow check"):
        cw.upgrade(NAME, by="sup", at=DAY)
    assert [case.number for case in cw.list()] == [NUMBER]


def test_a_changed_file_with_the_old_version_number_is_told_once(tmp_path: Path, databases: Databases) -> None:
    place = Place(tmp_path, databases.at("engagement", tmp_path / "office.db"))

    def same_number(flow: dict[str, Any]) -> None:
        flow["version"] -= 1
        flow["stages"]["engagement"]["days"] += 1

    cw = place.newer(same_number)
    told = [
        [str(warning.say("en")) for warning in cw.open(NAME, client=data("client"), by="rina", at=DAY).warnings]
        for _ in range(2)
    ]
    assert [any("its version is still" in warning for warning in warnings) for warnings in told] == [True, False]
