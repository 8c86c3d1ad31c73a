"""Corrections of documents: of what was issued for the present plan, when something changed, with a reason."""

from __future__ import annotations

import pytest
from case_s import NUMBER, At, data, make

from casework_flow.errors import Invalid, NotFound, Refused

DAY = "2025-03-20"


def renamed() -> dict[str, object]:
    """The client's record, the name corrected."""
    return {**data("client"), "name": "Tiara Betul", "initials": "T"}


def test_a_correction_is_a_version_of_its_own_with_its_reason_in_the_history(at: At) -> None:
    cw = at("intervention")
    before = cw.case(NUMBER)
    cw.record(NUMBER, "client", renamed(), by="rina", at=DAY, revise=True)
    made = cw.reissue(NUMBER, "contract", by="rina", reason="nama keliru", at=DAY, key="k")
    assert (made.document.name, made.document.version, made.document.number) == ("contract", 2, None)
    assert cw.reissue(NUMBER, "contract", by="rina", reason="nama keliru", at=DAY, key="k") == made
    event = cw.history(NUMBER)[-1]
    assert (event["kind"], event["private"]["reason"]) == ("reissued", "nama keliru")
    assert "Tiara Betul" in cw.document(NUMBER, "contract", identity="full").xml
    assert "Sarma Contoh" in cw.document(NUMBER, "contract", identity="full", version=1).xml
    after = cw.case(NUMBER)
    assert (after.stage, after.status, after.due_on) == (before.stage, before.status, before.due_on)
    assert cw.verify() == ()


def test_without_a_change_a_reason_a_document_or_the_right_nothing_is_corrected(at: At) -> None:
    cw = at("intervention")
    history = cw.history(NUMBER)
    with pytest.raises(Refused, match="Nothing has changed"):
        cw.reissue(NUMBER, "contract", by="rina", reason="x", at=DAY)
    with pytest.raises(Invalid):
        cw.reissue(NUMBER, "contract", by="rina", reason=" ", at=DAY)
    with pytest.raises(NotFound):
        cw.reissue(NUMBER, "evaluation", by="rina", reason="x", at=DAY)
    for who in ("budi", "maya"):
        with pytest.raises(Refused):
            cw.reissue(NUMBER, "contract", by=who, reason="x", at=DAY)
    assert cw.history(NUMBER) == history


def test_a_document_of_an_earlier_plan_stays_as_it_is(at: At) -> None:
    cw = at("evaluation")
    with pytest.raises(Refused):
        make(cw, "replan", at="2025-05-16")
    cw.approve(NUMBER, "replan", by="sup", at="2025-05-16")
    make(cw, "replan", at="2025-05-16")
    cw.record(
        NUMBER,
        "client",
        renamed(),
        by="rina",
        at="2025-05-16",
        revise=True,
    )
    with pytest.raises(Refused, match="earlier plan"):
        cw.reissue(NUMBER, "plan", by="rina", reason="x", at="2025-05-16")
