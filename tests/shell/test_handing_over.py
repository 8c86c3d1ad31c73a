"""A case goes to another worker: with everything that is open in it, or not at all."""

from __future__ import annotations

import pytest
from case_s import NUMBER, At, data

from casework_flow.casework import Casework
from casework_flow.errors import Invalid, NotFound, Refused

GIVE = {"to": "maya", "by": "sup", "reason": "Rina selesai praktik", "at": "2025-03-14"}


def open_more(cw: Casework, *workers: str) -> list[str]:
    return [cw.open("casework", client=data("client"), by=worker, at="2025-03-14").number for worker in workers]


def test_one_case_is_handed_over_with_what_waits_in_it(at: At) -> None:
    cw = at("planning")
    cw.record(NUMBER, "plan", data("plan"), by="rina", at="2025-03-14")
    before, waiting = cw.status(NUMBER, at="2025-03-14"), cw.approvals()
    told: list[object] = []
    cw.on("handed_over", told.append)
    done = cw.hand_over([NUMBER], **GIVE)
    assert (done.cases, done.to, done.by, told) == ({NUMBER: "rina"}, "maya", "sup", [done])
    assert cw.case(NUMBER).worker == "maya"
    after = cw.status(NUMBER, at="2025-03-14")
    assert [move.move for move in after.moves] == [move.move for move in before.moves]
    assert [(one.what, one.since, one.by) for one in cw.approvals()] == [(w.what, w.since, w.by) for w in waiting]
    with pytest.raises(Refused, match="in the hands of Maya"):
        cw.advance(NUMBER, by="rina", at="2025-03-14")
    cw.approve(NUMBER, "plan", by="sup", at="2025-03-14")
    assert cw.advance(NUMBER, by="maya", at="2025-03-14").to == "intervention"
    event = next(event for event in cw.history(NUMBER) if event["kind"] == "handed_over")
    assert (event["body"], event["private"]) == (
        {"worker": "maya", "before": "rina"},
        {"reason": "Rina selesai praktik"},
    )
    assert cw.verify() == ()
    assert cw.rebuild() == ()


def test_a_whole_caseload_is_handed_over_but_for_what_is_closed(at: At) -> None:
    cw = at("")
    first, second, other = open_more(cw, "rina", "rina", "maya")
    cw.move(second, "pause", by="rina", reason="mudik", at="2025-03-14")
    done = cw.hand_over(all_of="rina", **GIVE)
    assert done.cases == {first: "rina", second: "rina"}
    assert [case.worker for case in cw.list(status="closed")] == ["rina"]
    assert {case.number for case in cw.list(worker="maya")} == {first, second, other}
    assert cw.verify() == ()


def test_all_or_nothing(at: At) -> None:
    cw = at("planning")
    (mine,) = open_more(cw, "maya")
    counts = [len(cw.history(number)) for number in (NUMBER, mine)]
    with pytest.raises(Refused, match="already"):
        cw.hand_over([NUMBER, mine], **GIVE)
    assert [len(cw.history(number)) for number in (NUMBER, mine)] == counts
    assert cw.case(NUMBER).worker == "rina"


@pytest.mark.parametrize(
    ("how", "error", "said"),
    [
        ({"by": "rina"}, Refused, "may not do this"),
        ({"by": "maya"}, Refused, "may not do this"),
        ({"to": "budi"}, Refused, "cannot take case"),
        ({"to": "head"}, Refused, "cannot take case"),
        ({"to": "rina"}, Refused, "already"),
        ({"to": "mayya"}, NotFound, "Did you mean maya"),
        ({"reason": "  "}, Invalid, "reason"),
        ({"at": "2025-03-01"}, Refused, "before the last one"),
    ],
)
def test_who_may_not_give_or_take_is_told_so(at: At, how: dict[str, str], error: type[Exception], said: str) -> None:
    cw = at("planning")
    with pytest.raises(error, match=said):
        cw.hand_over([NUMBER], **{**GIVE, **how})
    assert cw.case(NUMBER).worker == "rina"


def test_a_supervisor_of_others_may_not_hand_over_and_the_head_may(at: At) -> None:
    cw = at("planning")
    cw.add_staff("asing", full_name="Asing Contoh", role="supervisor")
    with pytest.raises(Refused, match="in the hands of Rina"):
        cw.hand_over([NUMBER], **{**GIVE, "by": "asing"})
    assert cw.hand_over([NUMBER], **{**GIVE, "by": "head"}).to == "maya"


def test_a_closed_case_and_no_case_are_not_handed_over(at: At) -> None:
    cw = at("")
    with pytest.raises(Refused, match="closed"):
        cw.hand_over([NUMBER], **{**GIVE, "at": "2025-06-01"})
    for nothing in ({}, {"all_of": "rina"}):
        with pytest.raises(Invalid, match="no case to hand over"):
            cw.hand_over(**GIVE, **nothing)


def test_a_repeated_request_hands_over_once(at: At) -> None:
    cw = at("planning")
    open_more(cw, "rina")
    first = cw.hand_over(all_of="rina", key="k1", **GIVE)
    again = cw.hand_over(all_of="rina", key="k1", **GIVE)
    assert (again.cases, again.to, again.at) == (first.cases, first.to, first.at)
    assert len(first.cases) == 2
    assert sum(event["kind"] == "handed_over" for event in cw.history(NUMBER)) == 1
    with pytest.raises(Invalid):
        cw.hand_over(all_of="rina", key="k1", **{**GIVE, "to": "head"})


def test_a_receiver_whom_nobody_supervises_is_warned_of(at: At) -> None:
    cw = at("planning")
    cw.add_staff("baru", full_name="Baru Contoh", role="social_worker")
    (warning,) = cw.hand_over([NUMBER], **{**GIVE, "to": "baru"}).warnings
    assert "casework staff change baru --supervisor NAME" in str(warning)
