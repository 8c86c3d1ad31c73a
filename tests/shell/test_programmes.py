"""The shipped programmes: each is walked to the end, and nothing that it demands can be left out."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

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
from casework_flow.workflow import Closure, Issue, Workflow
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


@pytest.fixture(scope="session")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Examples:
    return Examples(tmp_path_factory.mktemp("examples"))


@pytest.fixture
def stand(examples: Examples, tmp_path: Path) -> Callable[[str, str], Standing]:
    return lambda programme, stage: examples.at(programme, stage, tmp_path / "standing")


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
    assert "B/000/VI/CONTOH" in said


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


# closures


def facts_of(reason: str, on: str) -> dict[str, Any]:
    """What closing for ``reason`` demands, recorded on the day ``on``."""
    referral = {
        "to": "Dinas Sosial Kabupaten Contoh",
        "reason": "Layanan yang diperlukan tidak tersedia",
        "summary": "Klien telah diasesmen",
        "services_requested": "Pendampingan lanjutan",
        "sharing_consent": True,
        "sent_on": on,
        "acknowledged_on": on,
    }
    sharing = {
        "type": "sharing",
        "given_by": "Wali atau Klien Contoh",
        "method": "written",
        "text_version": "2025.1",
        "given_on": on,
    }
    own: dict[str, dict[str, Any]] = {
        "client_withdrew": {"termination": {"statement": "Memilih mengakhiri layanan"}},
        "moved": {"termination": {"new_address": "Kabupaten Contoh"}, "referral": referral},
        "died": {"termination": {"died_on": on, "evidence": "Surat keterangan kematian dari desa"}},
        "referred": {"referral": referral, "consent": sharing},
        "agency_limit": {"referral": referral, "consent": sharing},
        "lost_contact": {"termination": {"attempts": [{"date": on, "how": f"Upaya ke-{n}"} for n in (1, 2, 3)]}},
        "graduated": {"termination": {"pkh_status_after": "graduated", "evidence": "Surat keterangan graduasi"}},
        "ineligible": {"supervision": {"date": on, "note": "Tidak memenuhi syarat layanan"}},
        "void": {"supervision": {"date": on, "note": "Kasus dibuka dua kali"}},
    }
    found = own[reason]
    return {**found, "termination": {**found.get("termination", {}), "reason": reason}}


def closures(complete: bool) -> list[Any]:
    return [
        pytest.param(name, closure, id=f"{name}-{closure.reason}")
        for name in EXAMPLES
        for closure in LIBRARY.load(name).closures.values()
        if closure.complete == complete
    ]


def demanded(closure: Closure) -> set[str]:
    """What is refused while nothing is recorded; whether the recorded reason agrees cannot be told then."""
    return {guard.name for guard in closure.requires} - {"reason_agrees"}


@pytest.mark.parametrize(("programme", "closure"), closures(complete=False))
def test_each_reason_closes_a_case_with_what_it_demands_and_not_without(
    programme: str, closure: Closure, stand: Callable[[str, str], Standing]
) -> None:
    standing = stand(programme, "intervention")
    with pytest.raises(Refused) as no:
        standing.close(closure.reason)
    assert unmet(no.value) == demanded(closure)
    assert standing.cw.case(NUMBER).status == "active"
    for record, content in facts_of(closure.reason, standing.on).items():
        standing.record(record, content)
    done = standing.closed(closure.reason)
    assert [one.name for one in done.documents] == [issue.document for issue in closure.documents or ()]
    case = standing.cw.case(NUMBER)
    assert (case.stage, case.status, case.because) == ("termination", "closed", closure.reason)
    assert standing.cw.verify() == ()


@pytest.mark.parametrize(("programme", "closure"), closures(complete=False))
def test_before_a_contract_a_case_closes_where_it_stands(
    programme: str, closure: Closure, stand: Callable[[str, str], Standing]
) -> None:
    standing = stand(programme, "")
    for record, content in facts_of(closure.reason, standing.on).items():
        standing.record(record, content)
    done = standing.closed(closure.reason)
    early = LIBRARY.load(programme).early
    assert early is not None
    died = closure.reason == "died"
    wanted = closure.documents or () if died else early.documents
    assert [one.name for one in done.documents] == [issue.document for issue in wanted]
    assert standing.cw.case(NUMBER).stage == ("termination" if died else "engagement")


@pytest.mark.parametrize(("programme", "closure"), closures(complete=True))
def test_a_regular_end_is_reached_from_the_last_stage_only_and_with_its_review(
    programme: str, closure: Closure, examples: Examples, tmp_path: Path
) -> None:
    early = examples.at(programme, "evaluation", tmp_path / "early")
    with pytest.raises(Refused) as no:
        early.close(closure.reason)
    assert not no.value.unmet
    standing = examples.at(programme, "termination", tmp_path / "last")
    with pytest.raises(Refused) as no:
        standing.close(closure.reason)
    assert unmet(no.value) >= {"jointly_reviewed", "reflections_recorded", "followup_named"}
    path = shipped("examples") / EXAMPLES[programme] / "termination.yaml"
    content = {**parse(path.read_text(encoding="utf-8"))[0], "reason": closure.reason}
    later = Standing(standing.cw, standing.worker, content["reviewed_on"])
    later.record("termination", content)
    later.closed(closure.reason)
    assert later.cw.case(NUMBER).because == closure.reason


@pytest.mark.parametrize("programme", EXAMPLES)
def test_another_reason_than_the_recorded_one_does_not_close(
    programme: str, stand: Callable[[str, str], Standing]
) -> None:
    standing = stand(programme, "intervention")
    standing.record("termination", facts_of("died", standing.on)["termination"])
    with pytest.raises(Refused) as no:
        standing.close("void")
    assert "reason_agrees" in unmet(no.value)


@pytest.mark.parametrize("stage", ["", "intervention"])
@pytest.mark.parametrize("programme", EXAMPLES)
def test_after_a_death_nobody_writes_to_the_client_and_the_client_signs_nothing(
    programme: str, stage: str, stand: Callable[[str, str], Standing]
) -> None:
    standing = stand(programme, stage)
    for record, content in facts_of("died", standing.on).items():
        standing.record(record, content)
    done = standing.closed("died")
    assert [one.name for one in done.documents] == ["termination_record", "family_letter"]
    for document in standing.documents(done):
        for node in nodes(markup.parse(document.xml)):
            if node.tag == "party":
                assert "Klien" not in node.get("role") + node.get("lead")
                assert node.get("name") != standing.cw.case(NUMBER).client
            if node.tag == "recipient":
                assert node.text.startswith("Yth. Keluarga alm")


# pseudonyms


TO_THE_FAMILY = {
    "service_basis", "contract", "addendum", "plan", "handover_record", "termination_record", "termination_letter",
    "family_letter", "closure_notice",
}  # fmt: skip
NAMING = {"intake", "referral"}
"""Where it must stand who the child is: the first form, and the letter to whoever is to receive the child."""


def test_a_child_has_a_pseudonym_in_whatever_does_not_go_to_the_family() -> None:
    for issue in issues(LIBRARY.load(CHILD)):
        alias = render.identity_of(TEMPLATES.bundle(issue.document)) == "pseudonym"
        assert alias == (issue.document not in TO_THE_FAMILY | NAMING), issue.document


def test_neither_the_child_nor_a_relative_is_named_under_the_pseudonym(stand: Callable[[str, str], Standing]) -> None:
    standing = stand(CHILD, "intervention")
    reason = "Bonar Contoh dan RUTI CONTOH pindah rumah; Bonar meminta asesmen ulang. Hubungi +6281290000012."
    standing.cw.move(NUMBER, "reassess", by=standing.worker, at=standing.on, reason=reason.partition(" Hubungi")[0])
    example = {
        path.stem: parse(path.read_text(encoding="utf-8"))[0] for path in (shipped("examples") / CHILD).glob("*.yaml")
    }
    client = example["client"]
    private = {
        client["name"], client["name"].split()[0], client["nik"], client["address"]["detail"],
        client["guardian"]["name"], example["handover"][0]["name"],
        *(number.lstrip("0").replace("-", "") for number in (client["phone"], client["guardian"]["phone"])),
    }  # fmt: skip
    aliased, named = set(), set()
    for one in standing.cw.documents(NUMBER):
        document = standing.cw.document(NUMBER, one.name, item=one.item, version=one.version)
        said = _plain(document)
        if one.name in TO_THE_FAMILY | NAMING:
            named |= {word for word in private if word.casefold() in said}
            continue
        aliased.add(one.name)
        assert [word for word in private if word.casefold() in said] == [], one.name
    assert named >= {client["name"], client["nik"], client["guardian"]["name"], client["address"]["detail"]}
    assert aliased == {
        "confidential_assessment", "child_social_report", "case_conference_minutes", "confidential_change_record",
    }  # fmt: skip


def _plain(document: Document) -> str:
    """Everything that a document says, its attributes and drawings too, in small letters."""
    return f"{' '.join(document.text().split())} {document.xml} {document.html()}".casefold()


def test_a_genogram_under_the_pseudonym_shows_relations_not_names(tmp_path: Path) -> None:
    def name(genogram: Any) -> None:
        for member, label in zip(genogram["members"], ("Bonar", "Ruti Contoh", "Saut", "Mian"), strict=True):
            member["label"] = label

    said = _plain(walk_changed(CHILD, "genogram", name, tmp_path).document(NUMBER, "confidential_assessment"))
    assert [word for word in ("bonar", "ruti contoh", "saut", "mian") if word in said] == []
    assert "ayah" in said
    assert "father" not in said


def test_the_whole_walk_of_the_child_keeps_the_pseudonym(stand: Callable[[str, str], Standing]) -> None:
    standing = stand(CHILD, "closed")
    checked = set()
    for one in standing.cw.documents(NUMBER):
        if one.name not in TO_THE_FAMILY | NAMING:
            said = _plain(standing.cw.document(NUMBER, one.name, item=one.item, version=one.version))
            assert not [word for word in ("bonar", "ruti contoh", "1216060511099997") if word in said], one.name
            checked.add(one.name)
    assert {"confidential_visit_report", "confidential_progress_note", "confidential_evaluation"} <= checked
