"""The statements that are kept as text are those that SQLAlchemy writes now, and enough of them are kept."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from case_s import NUMBER, Databases
from offices import Office

from casework_flow.store import statements

TOOL = Path(__file__).parents[2] / "tools" / "statements.py"


def test_the_kept_texts_are_those_of_the_statements() -> None:
    tool = runpy.run_path(str(TOOL))
    assert Path(tool["FILE"]).read_text(encoding="utf-8") == tool["text"](), "run make statements"


def test_what_is_not_kept_is_made_when_it_is_asked_for(office: Office) -> None:
    wanted = {"stage": "planning", "status": "active", "worker": "rina"}
    assert tuple(wanted) not in [given for given, *_ in statements.KEPT["page"]]
    cw = office.casework(office.at("planning"))
    assert [case.number for case in cw.list(**wanted)] == [NUMBER]  # type: ignore[arg-type]
    assert cw.list(**{**wanted, "worker": "maya"}) == ()  # type: ignore[arg-type]


PLAN = (
    "from case_s import data;"
    f"cw.record({NUMBER!r}, 'plan', data('plan'), by='rina', at='2025-03-14');"
    f"cw.approve({NUMBER!r}, 'plan', by='sup', at='2025-03-14', key='k');"
    f"cw.advance({NUMBER!r}, by='rina', at='2025-03-17');"
    f"cw.move({NUMBER!r}, 'pause', reason='sakit', by='rina', at='2025-03-18')"
)


@pytest.mark.parametrize(
    "verbs",
    [
        f"cw.status({NUMBER!r}); cw.history({NUMBER!r}); cw.all_staff(); cw.documents({NUMBER!r})",
        "cw.list(); cw.list(stage='planning', limit=5); cw.list(status='active', worker='rina')",
        "cw.next_due(); cw.next_due(worker='rina', after=cw.list()[0])",
        "cw.verify(); cw.seal(); cw.rebuild()",
        PLAN,
    ],
)
def test_a_verb_on_a_sqlite_file_does_not_load_sqlalchemy(databases: Databases, tmp_path: Path, verbs: str) -> None:
    file = databases.at("planning", tmp_path / "casework.db")
    code = (
        "import sys; from pathlib import Path; from case_s import OFFICE, TEMPLATES;"
        "from casework_flow.casework import Casework;"
        f"cw = Casework('sqlite:///{file}', office=OFFICE, templates=[TEMPLATES]);"
        f"{verbs}; cw.disconnect(); print([name for name in sys.modules if name.startswith('sqlalchemy')])"
    )
    folder = str(Path(__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = [{folder!r}]; {code}"], capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")
