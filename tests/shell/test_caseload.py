"""The caseload of an office with 2 000 cases, against a recount in plain Python of how they were made."""

from __future__ import annotations

import caseload
import pytest
from caseload import Office

from casework_flow.casework import Casework


@pytest.fixture
def cw(office_of_2000: Office) -> Casework:
    return caseload.casework(office_of_2000.database)


def test_every_case_stands_where_it_was_left(cw: Casework, office_of_2000: Office) -> None:
    columns = ("number", "workflow", "client", "worker", "opened_on", "stage", "status", "cycle", "episode", "due_on")
    columns += ("closed_on", "because")
    found = [{name: getattr(case, name) for name in columns} for case in cw.list()]
    assert found == [{name: case[name] for name in columns} for case in office_of_2000.cases]
