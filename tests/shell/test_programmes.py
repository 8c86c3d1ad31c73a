"""The shipped programmes: each is walked to the end, and nothing that it demands can be left out."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from programme_cases import (
    CHILD,
    ELDERLY,
    EMERGENCY,
    EXAMPLES,
    LIBRARY,
    NUMBER,
    SIX,
    TEMPLATES,
    Edit,
    Examples,
    Standing,
    issues,
    lacking,
    nodes,
    project,
    put,
    unmet,
    walk_changed,
    without,
)

from casework_flow.cli.demo import load_walk, walk
from casework_flow.cli.project import fill
from casework_flow.documents import markup
from casework_flow.errors import Refused
from casework_flow.resources import shipped
from casework_flow.values import Done
from casework_flow.yaml12 import parse

ISSUED: Mapping[str, Mapping[str, list[str]]] = {
    "casework": {
        "engagement": ["intake", "consent", "contract"],
        "assessment": ["assessment"],
        "planning": ["plan"],
        "intervention": ["change_record", *["visit_report"] * 4, "progress_note"],
        "evaluation": ["evaluation"],
        "termination": ["termination_record", "termination_letter"],
    },
    CHILD: {
        "engagement": ["intake", "service_basis", "contract"],
        "assessment": ["confidential_assessment", "child_social_report", "case_conference_minutes"],
        "planning": ["plan"],
        "intervention": [*["confidential_visit_report"] * 6, "confidential_progress_note", "handover_record"],
        "evaluation": ["confidential_evaluation"],
        "termination": ["termination_record", "termination_letter"],
    },
    ELDERLY: {
        "engagement": ["intake", "consent", "contract"],
        "assessment": ["assessment"],
        "planning": ["plan", "family_statement", "family_statement", "residential_recommendation"],
        "intervention": [*["visit_report"] * 4, "progress_note", "handover_record"],
        "evaluation": ["evaluation"],
        "termination": ["termination_record", "termination_letter"],
    },
    EMERGENCY: {
        "engagement": ["intake", "admission_record"],
        "assessment": ["emergency_assessment", "hospital_referral"],
        "planning": ["consent", "contract", "plan"],
        "intervention": ["visit_report", "visit_report", "progress_note", "handover_record"],
        "evaluation": ["evaluation"],
        "termination": ["termination_record", "termination_letter"],
    },
}
"""What each example issues in leaving a stage."""


# the files


def test_there_are_five_programmes() -> None:
    assert set(LIBRARY.paths) == set(EXAMPLES)


@pytest.mark.parametrize("programme", EXAMPLES)
def test_a_programme_loads_and_has_the_six_stages(programme: str) -> None:
    flow = LIBRARY.load(programme)
    assert flow.name == programme
    assert flow.order == SIX


@pytest.mark.parametrize("programme", EXAMPLES)
def test_every_text_is_in_both_languages(programme: str) -> None:
    texts = list(_texts(LIBRARY.load(programme).data))
    assert len(texts) > 50
    assert [said for said in texts if not {"id", "en"} <= said.keys()] == []


def _texts(data: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(data, Mapping):
        if "id" in data or "en" in data:
            yield data
        for part in data.values():
            yield from _texts(part)
    elif isinstance(data, list):
        for part in data:
            yield from _texts(part)


def test_every_template_is_some_programmes_and_every_document_has_a_template() -> None:
    wanted = {issue.document for name in EXAMPLES for issue in issues(LIBRARY.load(name))}
    assert set(TEMPLATES.names()) == wanted


# the examples


@pytest.mark.parametrize("programme", ISSUED)
def test_an_example_is_walked_to_the_end_and_issues_its_documents(programme: str, tmp_path: Path) -> None:
    example = shipped("examples") / EXAMPLES[programme]
    cw = fill(tmp_path, load_walk(example)["office"])
    issued: dict[str, list[str]] = {}
    for step in walk(cw, example):
        assert not getattr(step.result, "warnings", ())
        if isinstance(step.result, Done):
            issued.setdefault(step.result.source, []).extend(one.name for one in step.result.documents)
    if programme == "casework":  # its plan is revised once
        assert issued["planning"] == ["plan", "plan"]
        issued["planning"] = ["plan"]
    assert issued == ISSUED[programme]
    case = cw.case(NUMBER)
    assert (case.stage, case.status, case.overdue) == ("termination", "closed", False)
    assert cw.verify() == ()


@pytest.mark.parametrize("programme", EXAMPLES)
def test_an_example_is_never_late(programme: str, examples: Examples, tmp_path: Path) -> None:
    for stage in SIX[1:]:
        standing = examples.at(programme, stage, tmp_path / stage)
        due = standing.cw.case(NUMBER).due_on
        assert due is not None
        assert due.isoformat() >= standing.on


@pytest.mark.parametrize("programme", ISSUED)
def test_every_document_says_something_in_every_place(programme: str, stand: Callable[[str, str], Standing]) -> None:
    standing = stand(programme, "closed")
    for one in standing.cw.documents(NUMBER):
        document = standing.cw.document(NUMBER, one.name, item=one.item, version=one.version)
        for node in nodes(markup.parse(document.xml)):
            if node.tag in ("p", "li", "dt", "dd", "td", "th", "subtitle", "title", "recipient", "ref"):
                said = node.text.strip()
                assert said, (one.name, node)
                assert not any(wrong in said for wrong in ("..", " .", " ,", "None", "{{", "_")), (one.name, said)
        assert document.pdf().startswith(b"%PDF")


@pytest.mark.parametrize("programme", ISSUED)
def test_a_case_without_a_finance_book_is_not_told_about_one(
    programme: str, stand: Callable[[str, str], Standing]
) -> None:
    cw = stand(programme, "closed").cw
    told = [one for one in cw.documents(NUMBER) if one.name.endswith(("visit_report", "progress_note", "evaluation"))]
    assert len(told) >= 3
    for one in told:
        said = cw.document(NUMBER, one.name, item=one.item).text()
        assert not any(word in said for word in ("Buku Keuangan", "Buku keuangan", "Rp")), one.name


def test_a_client_of_whom_nothing_is_known_has_an_intake_form(tmp_path: Path) -> None:
    unknown = put(name="Tanpa Nama", nik=None, identity_unknown=True, birth_date=None)
    cw = walk_changed("casework", "client", unknown, tmp_path)
    said = " ".join(cw.document(NUMBER, "intake").text().split())
    assert "Identitas belum dapat dipastikan" in said
    assert "NIK" not in said


# what a stage demands


DEMANDS: list[tuple[str, str, set[str], str, Edit]] = [
    (CHILD, "engagement", {"safety_screened"}, "walk", without("safety_screen")),
    (CHILD, "engagement", {"safety_screened"}, "safety_screen", put(hours_after_report=24.5)),
    (CHILD, "engagement", {"safety_screened"}, "intake", put(received_on="2025-05-30")),
    (CHILD, "engagement", {"safety_planned"}, "safety_screen", put(measures=None)),
    (CHILD, "engagement", {"service_basis"}, "walk", without("consent", "authority_basis")),
    (CHILD, "engagement", {"client_is_child"}, "client", put(birth_date="2006-11-05")),
    (CHILD, "assessment", {"social_report_in_time"}, "walk", without("social_report")),
    (CHILD, "assessment", {"social_report_in_time"}, "social_report", put(hearing_on="2025-06-11")),
    (CHILD, "assessment", {"case_conference_held"}, "walk", without("case_conference")),
    (CHILD, "intervention", {"accompanied"}, "walk", without("accompaniment")),
    (CHILD, "termination", {"legal_outcome_recorded"}, "walk", without("legal_outcome")),
    (CHILD, "termination", {"placed_or_reunified"}, "walk", without("handover")),
    (ELDERLY, "engagement", {"old_enough"}, "client", put(birth_date="1966-03-08")),
    (ELDERLY, "engagement", {"neglect_established"}, "walk", without("neglect_criteria")),
    (
        ELDERLY,
        "engagement",
        {"neglect_established"},
        "neglect_criteria",
        put(meals_below_14=False, clothing_below_4=False),
    ),
    (ELDERLY, "engagement", {"guardian_consent"}, "consents", put(given_by="Tiur Contoh")),
    (ELDERLY, "assessment", {"family_traced"}, "walk", without("family_tracing")),
    (ELDERLY, "planning", {"care_decided", "family_options_first"}, "walk", without("care_arrangement")),
    (ELDERLY, "planning", {"family_options_first"}, "walk", without("family_option")),
    (ELDERLY, "planning", {"family_options_first"}, "care_arrangement", put(family_options_exhausted=False)),
    (ELDERLY, "planning", {"residential_referral_written"}, "walk", without("residential_referral")),
    (ELDERLY, "planning", {"residential_sharing_consent"}, "consents", lacking("sharing")),
    (ELDERLY, "intervention", {"handed_over"}, "walk", without("handover")),
    (ELDERLY, "termination", {"follow_up_planned"}, "termination", put(followup_check_on=None)),
    (EMERGENCY, "engagement", {"admitted"}, "walk", without("admission")),
    (EMERGENCY, "engagement", {"identity_recorded"}, "client", put(nik_absent_reason=None)),
    (EMERGENCY, "assessment", {"emergency_aid_given"}, "walk", without("emergency_measure")),
    (EMERGENCY, "assessment", {"identity_sought"}, "walk", without("identification")),
    (EMERGENCY, "assessment", {"hospital_sharing_basis"}, "client-identified", put(data_basis="consent")),
    (EMERGENCY, "planning", {"guardian_consent"}, "consents", put(given_by="Dermawati Contoh")),
    (EMERGENCY, "intervention", {"family_traced"}, "walk", without("family_tracing")),
    (EMERGENCY, "intervention", {"returned_or_placed"}, "walk", without("handover")),
    (EMERGENCY, "intervention", {"sessions_logged"}, "walk", without("session")),
    (EMERGENCY, "evaluation", {"monitored"}, "walk", without("monitoring")),
]
"""The stage that cannot be left, the guards that say so, and the file of the example that lacks something."""


@pytest.mark.parametrize(("programme", "stage", "guards", "file", "edit"), DEMANDS)
def test_a_stage_is_not_left_without_what_its_programme_demands(
    programme: str, stage: str, guards: set[str], file: str, edit: Edit, tmp_path: Path
) -> None:
    with pytest.raises(Refused) as no:
        walk_changed(programme, file, edit, tmp_path)
    assert unmet(no.value) == guards
    case = project(tmp_path / "project").case(NUMBER)
    assert (case.stage, case.status) == (stage, "active")


def test_every_demand_of_a_programme_beyond_the_plain_ones_is_tried() -> None:
    plain = {guard.name for stage in LIBRARY.load("casework").stages.values() for guard in stage.requires}
    for programme in (CHILD, ELDERLY, EMERGENCY):
        own = {guard.name for stage in LIBRARY.load(programme).stages.values() for guard in stage.requires} - plain
        tried = {name for tried, _, guards, _, _ in DEMANDS if tried == programme for name in guards}
        assert own <= tried


@pytest.mark.parametrize(
    ("programme", "file", "edit"),
    [
        (CHILD, "walk", without("authority_basis")),
        (CHILD, "walk", without("consent")),
        (CHILD, "social_report", put(hearing_on=None)),
        (CHILD, "safety_screen", put(unsafe_home=False, measures=None)),
        (EMERGENCY, "walk", without("hospital_referral")),
    ],
)
def test_there_is_more_than_one_way_through_a_programme(
    programme: str, file: str, edit: Edit, tmp_path: Path
) -> None:
    assert walk_changed(programme, file, edit, tmp_path).case(NUMBER).status == "closed"


def test_a_child_whose_guardian_did_not_consent_is_served_on_the_basis_of_the_police(tmp_path: Path) -> None:
    cw = walk_changed(CHILD, "walk", without("consent"), tmp_path)
    said = cw.document(NUMBER, "service_basis").text()
    assert "tanpa persetujuan wali" in " ".join(said.split())
    assert "B/000/VI/2025/Reskrim" in said


def test_an_older_person_who_stays_at_home_needs_no_home_and_no_handover(tmp_path: Path) -> None:
    def stay(plan: Any) -> None:
        without("residential_referral", "handover", "family_option")(plan)

    example = Path(shutil.copytree(shipped("examples") / ELDERLY, tmp_path / "stay"))
    arrangement = {"decided_on": "2025-06-18", "arrangement": "home_care", "reason": "Tetangga membantu setiap hari"}
    (example / "care_arrangement.yaml").write_text(json.dumps(arrangement), encoding="utf-8")
    plan = parse((example / "walk.yaml").read_text(encoding="utf-8"))[0]
    stay(plan)
    (example / "walk.yaml").write_text(json.dumps(plan), encoding="utf-8")
    (tmp_path / "project").mkdir()
    cw = fill(tmp_path / "project", plan["office"])
    names = [one.name for step in walk(cw, example) if isinstance(step.result, Done) for one in step.result.documents]
    assert cw.case(NUMBER).status == "closed"
    assert not {"residential_recommendation", "handover_record", "family_statement"} & set(names)


def test_in_an_emergency_help_goes_before_a_contract_and_a_name(stand: Callable[[str, str], Standing]) -> None:
    standing = stand(EMERGENCY, "assessment")
    names = [one.name for one in standing.cw.documents(NUMBER)]
    assert "contract" not in names
    said = " ".join(standing.cw.document(NUMBER, "admission_record").text().split())
    assert "Identitas belum dapat dipastikan" in said
    assert "Luka di kaki dibersihkan dan dibalut" in said


def test_a_hospital_receives_a_client_without_a_name(stand: Callable[[str, str], Standing]) -> None:
    standing = stand(EMERGENCY, "assessment")
    folder = shipped("examples") / EMERGENCY
    for record in ("assessment", "hospital_referral", "identification"):
        content = parse((folder / f"{record}.yaml").read_text(encoding="utf-8"))[0]
        standing.cw.record(NUMBER, record, content, by=standing.worker, at="2025-06-04")
    standing.cw.advance(NUMBER, by=standing.worker, at="2025-06-04")
    said = " ".join(standing.cw.document(NUMBER, "hospital_referral").text().split())
    assert "rambut pendek, memakai sarung biru" in said
    assert "selama keluarga belum ditemukan" in said
