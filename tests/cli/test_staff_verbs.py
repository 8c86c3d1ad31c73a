"""``staff add`` and ``staff change``."""

from __future__ import annotations

import pytest
from driver import casework

MADE = ("init", ".", "--office", "Dinas Contoh")


def add(name: str, role: str, *more: str) -> str:
    outcome = casework("staff", "add", name, "--name", f"{name.title()} Contoh", "--role", role, *more)
    assert outcome.code == 0, outcome.err
    return outcome.err


@pytest.mark.parametrize("role", ["social_worker", "practicum_student"])
def test_a_worker_without_a_supervisor_is_warned_of(role: str) -> None:
    casework(*MADE)
    assert add("sup", "supervisor") == ""
    assert "casework staff change rina --supervisor NAME" in add("rina", role)
    assert add("maya", role, "--supervisor", "sup") == ""


def test_a_supervisor_is_given_later() -> None:
    casework(*MADE)
    add("sup", "supervisor")
    add("rina", "social_worker")
    outcome = casework("staff", "change", "rina", "--supervisor", "sup", "--title", "Pekerja Sosial", "--as", "sup")
    assert (outcome.code, outcome.out, outcome.err) == (0, "✓ rina is changed: Rina Contoh.\n", "")
    (rina,) = (person for person in casework("staff", "list", "--json").data if person["name"] == "rina")
    assert (rina["supervisor"], rina["title"], rina["role"]) == ("sup", "Pekerja Sosial", "social_worker")
    assert casework("verify").code == 0


def test_a_change_of_nothing_is_refused() -> None:
    casework(*MADE)
    add("sup", "supervisor")
    assert casework("staff", "change", "sup").code == 6
    assert casework("staff", "change", "nobody", "--title", "x").code == 4
