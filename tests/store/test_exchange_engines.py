"""Cases go from either engine to either engine."""

from __future__ import annotations

import io
from collections.abc import Callable

from case_s import NUMBER
from offices import Office

CLIENT = {"name": "Tiur Misal", "initials": "T", "sex": "female", "nik": "1216064507880001"}


def test_what_goes_out_comes_in_and_is_sound(office: Office, new_database: Callable[[], str]) -> None:
    here, there = office.casework(office.at("")), office.casework(new_database())
    there.add_staff("boss", full_name="Bos Contoh", role="supervisor")
    for form in ("csv", "xlsx", "xes", "ocel"):
        target = io.BytesIO()
        here.export(target, form=form)
        assert target.getvalue()
    lines = io.BytesIO()
    here.export(lines)
    lines.seek(0)
    assert there.import_lines(lines, name="c.json", by="boss", dry_run=True).cases == (NUMBER,)
    lines.seek(0)
    assert there.import_lines(lines, name="c.json", by="boss").cases == (NUMBER,)
    assert there.verify() == ()
    assert there.rebuild() == ()
    assert there.open("pkh-economic", client=CLIENT, by="boss", at="2025-06-01").number == "KSS-2025-0002"
    table = "Nama;NIK;Program;Tahap\nTiur Misal;1216064507880001;PKH;Asesmen\nDame Fiksi;;PKH;\n"
    found = there.import_table(table.encode(), name="k.csv", by="boss", duplicates="skip")
    assert (found.cases, found.skipped) == (("KSS-2025-0003",), ("k.csv:2",))
    assert there.verify() == ()
