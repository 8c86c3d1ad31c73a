"""Uses that a type checker must refuse: each line says with which error. This file is only type-checked."""

from __future__ import annotations

import casework_flow as cf
from casework_flow.document import Document
from casework_flow.extensions import NewFormat, NewRecord

cw = cf.Casework("sqlite://")
case = cw.case("KSS-2025-0001")

cw.open("pkh-economic", client={})  # wants: call-arg
cw.open("pkh-economic", client="Sari", by="maya")  # wants: arg-type
cw.record("KSS-2025-0001", "plan", 5, by="maya")  # wants: arg-type
cw.advance("KSS-2025-0001", by=3)  # wants: arg-type
cw.advance("KSS-2025-0001", by="maya", because="goals_met")  # wants: call-arg
cw.close("KSS-2025-0001", by="maya")  # wants: call-arg
cw.move("KSS-2025-0001", "pause", by="maya", dry_run="yes")  # wants: arg-type
cw.document("KSS-2025-0001", "contract", identity="nobody")  # wants: arg-type
case.stage = "closed"  # wants: misc
case.stag  # wants: attr-defined  # noqa: B018
cf.Extension("humbang")  # wants: call-arg
cf.Extension(name="humbang", functions=["in_area"])  # wants: list-item
cf.Extension(name="humbang", extra=1)  # wants: call-arg
NewRecord(name="a", title={"id": "a"}, model=dict)  # wants: arg-type
NewRecord(name="a", title={"id": "a"}, model=cf.Case, scope="week")  # wants: arg-type


def text(document: Document) -> str:
    return document.text()


NewFormat(name="a", suffix=".a", media_type="a/b", write=text)  # wants: arg-type
cf.Casework("sqlite://", extensions=["humbang"])  # wants: list-item
cf.Nothing  # wants: attr-defined  # noqa: B018
