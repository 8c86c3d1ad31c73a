"""The statements as SQLite takes them, kept in ``store/sqlite.py``: ``make statements`` writes the file anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.dialects.sqlite.pysqlite import dialect

from casework_flow.store import statements
from casework_flow.store.schema import VERSION
from casework_flow.store.text import parts

FILE = Path(statements.__file__).with_name("sqlite.py")
HEAD = '''"""The statements as SQLite takes them. ``make statements`` writes them from ``statements.py``."""

# ruff: noqa: E501
# fmt: off

from __future__ import annotations

from typing import Any, Final

from .text import Statement, Text


def _kept(name: str, given: Any, *parts: Any) -> Statement:
    return Statement(name, given, {"sqlite+pysqlite": Text(*parts)})

'''


def text() -> str:
    """What the file must say now."""
    return HEAD + "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield f"VERSION: Final = {VERSION!r}"
    yield f"SORTS: Final = {tuple(statements.SORTS)!r}"
    yield f"PHONE_PLACES: Final = {statements.PHONE_PLACES!r}"
    yield f"TOGETHER: Final[tuple[tuple[str, ...], ...]] = {statements.TOGETHER!r}"
    for name, found in vars(statements).items():
        if not name.isupper() or name.startswith("_"):
            continue
        if isinstance(found, Executable):
            yield f"{name}: Final = {_kept(name, None, found)}"
        elif isinstance(found, dict) and all(isinstance(one, Executable) for one in found.values()):
            yield f"{name}: Final = {{"
            yield from (f"    {key!r}: {_kept(name, (key,), one)}," for key, one in found.items())
            yield "}"
    families = [one for one in vars(statements).values() if getattr(one, "__module__", "") == statements.__name__]
    for name in (one.__name__ for one in families if not one.__name__.startswith("_")):
        yield f"_{name.upper()}: Final = {{"
        for given in statements.KEPT.get(name, ()):
            yield f"    {given!r}: {_kept(name, given, getattr(statements, name)(*given))},"
        yield "}"
        yield f"\n\ndef {name}(*given: Any) -> Statement:"
        yield f'    """See ``statements.{name}``."""'
        yield f"    return _{name.upper()}.get(given) or Statement({name!r}, given)\n"


def _kept(name: str, given: object, clause: Any) -> str:
    return f"_kept({', '.join(map(repr, (name, given, *parts(clause, dialect()))))})"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
