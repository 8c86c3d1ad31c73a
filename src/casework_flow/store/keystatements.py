"""The statements of keys and reads; ``statements.py`` takes them over, so that they are compiled like its own."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import bindparam, func, select, update

from .schema import api_keys, cases, reads


def _office(of: Any) -> Any:
    return of.c.office_id == bindparam("office")


API_KEYS: Final = select(api_keys).where(_office(api_keys)).order_by(api_keys.c.created_at, api_keys.c.id)
_one: Final = (_office(api_keys), api_keys.c.id == bindparam("called"))
API_KEY: Final = select(api_keys).where(*_one)
API_KEY_REVOKED: Final = (
    update(api_keys).where(*_one).values(revoked_at=func.coalesce(api_keys.c.revoked_at, bindparam("now")))
)
API_KEY_USED: Final = update(api_keys).where(*_one).values(used_at=bindparam("now"))
_reads: Final = (
    select(reads, cases.c.number.label("number"))
    .outerjoin(cases, (cases.c.office_id == reads.c.office_id) & (cases.c.id == reads.c.case_id))
    .where(_office(reads), reads.c.id < bindparam("before"))
    .order_by(reads.c.id.desc())
    .limit(bindparam("most"))
)
READS: Final = _reads
READS_OF: Final = _reads.where(reads.c.case_id == bindparam("of"))
