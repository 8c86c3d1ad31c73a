"""The lists of many cases, on each engine."""

from __future__ import annotations

import pytest
from case_s import NUMBER, Clock, data
from offices import Office

from casework_flow.casework import Casework
from casework_flow.errors import NotFound

CLIENT = data("client")


@pytest.fixture
def cw(office: Office) -> Casework:
    """Case S in its planning, with a plan to approve; three more cases, one of them at rest. It is 14 March."""
    clock = Clock()
    clock.now = clock.now.replace(year=2025, month=3, day=14)
    cw = office.casework(office.at("planning"), clock)
    cw.record(NUMBER, "plan", data("plan"), by="rina")
    for place, name in enumerate(("Ujung 100%", "ujang_contoh", "SARMA DUA")):
        client = {**CLIENT, "name": name, "phone": f"08120000000{place}", "nik": f"121606520892900{place + 1}"}
        cw.open("casework", client=client, by=("rina", "maya")[place % 2], at=f"2025-03-1{place}")
    cw.move("KSS-2025-0003", "pause", by="maya", reason="mudik", until="2025-03-17")
    return cw


def numbers(found: object) -> list[str]:
    return [case.number[-1] for case in found]  # type: ignore[attr-defined]  # cases


def test_lists_are_filtered_sorted_and_come_in_pages(cw: Casework) -> None:
    assert numbers(cw.list()) == ["1", "2", "3", "4"]
    assert numbers(cw.list(worker="rina", stage="engagement")) == ["2", "4"]
    assert numbers(cw.list(status="paused")) == ["3"]
    assert numbers(cw.list(overdue=True, at="2025-03-14")) == []
    assert numbers(cw.list(district="12.16.06")) == ["1", "2", "3", "4"]
    assert cw.list(district="12.17") == ()
    assert numbers(cw.list(sort="client")) == ["1", "4", "3", "2"]
    assert numbers(cw.list(sort="due")) == ["2", "4", "1", "3"]
    assert numbers(cw.list(sort="due", descending=True, limit=2)) == ["3", "1"]
    assert numbers(cw.list(sort="due", descending=True, after="KSS-2025-0001")) == ["4", "2"]
    with pytest.raises(NotFound):
        cw.list(stage="closing")


def test_search_takes_its_letters_as_they_are(cw: Casework) -> None:
    assert numbers(cw.search("sarma")) == ["1", "4"]
    assert numbers(cw.search("100%")) == ["2"]
    assert numbers(cw.search("g_c")) == ["3"]
    assert numbers(cw.search("kss-2025-0003")) == ["3"]
    assert numbers(cw.search("1216065208929003")) == ["4"]
    assert numbers(cw.search("0812 0000 0001")) == ["3"]
    assert numbers(cw.search("uj", by="maya")) == ["3"]
    assert numbers(cw.search("uj", by="sup")) == ["2", "3"]


def test_the_board_what_is_due_what_waits_and_the_workload(cw: Casework) -> None:
    (board,) = cw.board(most=1)
    assert [(column.count, column.paused, numbers(column.cases)) for column in board.columns if column.count] == [
        (3, 1, ["2"]),
        (1, 0, ["1"]),
    ]
    assert [(task.case.number[-1], task.what) for task in cw.due(within=5)] == [
        ("2", "stage"), ("3", "return"), ("4", "stage"), ("1", "stage")
    ]  # fmt: skip
    (waits,) = cw.approvals(by="sup")
    assert (waits.case.number, waits.what, waits.may) == (NUMBER, "plan", ("head", "sup"))
    assert [(load.worker.name, load.open, load.paused, load.waiting) for load in cw.workload()] == [
        ("maya", 1, 1, 0),
        ("rina", 3, 0, 1),
    ]
    assert [len(part) for part in (cw.today("rina").soon, cw.today("rina").asked, cw.today("sup").decide)] == [
        3,
        1,
        1,
    ]


def test_a_caseload_changes_hands(cw: Casework) -> None:
    assert len(cw.hand_over(all_of="rina", to="maya", by="sup", reason="selesai praktik").cases) == 3
    assert numbers(cw.list(worker="maya")) == ["1", "2", "3", "4"]
    assert cw.verify() == ()
    assert cw.rebuild() == ()
