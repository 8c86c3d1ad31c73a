"""How cases of the shipped programmes end, for each reason."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from programme_cases import (
    EXAMPLES,
    LIBRARY,
    NUMBER,
    Examples,
    Standing,
    nodes,
    unmet,
)

from casework_flow.documents import markup
from casework_flow.errors import Refused
from casework_flow.resources import shipped
from casework_flow.workflow import Closure
from casework_flow.yaml12 import parse


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
    wanted = closure.early or early.documents
    assert [one.name for one in done.documents] == [issue.document for issue in wanted]
    assert standing.cw.case(NUMBER).stage == "engagement"


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
