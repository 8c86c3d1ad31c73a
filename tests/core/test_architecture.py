"""The house's floor plan: what may import what, held by the imports as they stand in the files."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import casework_flow

PACKAGE = Path(casework_flow.__file__).parent
FLOORS: dict[str, int] = {
    **dict.fromkeys(("__init__", "messages", "errors", "glyphs"), 0),
    **dict.fromkeys(
        ("records", "rules", "rulecheck", "calendar", "moments", "workflow", "engine", "values", "facts"), 1
    ),
    "occasions": 1,
    "additions": 1,
    **dict.fromkeys(
        ("workflowfile", "situations", "witness", "proofs", "diagram", "petrinet", "notation", "tally"), 1
    ),
    **dict.fromkeys(("yaml12", "loader", "resources", "store", "documents", "drawings", "tables"), 2),
    **dict.fromkeys(("cli", "api", "demo", "testing", "__main__"), 4),
}
"""The floor of each module or package. The core is floor 1: it knows no database, no clock and no file."""
FRONT_DOOR = 3
"""Where every other module lives: beside casework.py."""
SIDEWAYS = {("loader", "yaml12")}
"""Neighbours on floor 2 that may know each other: a workflow is read from YAML, and nothing else reads it."""
OUTSIDE_ONLY = {"sqlalchemy", "sqlite3", "click", "rich", "jinja2", "typst", "yaml", "pathlib", "os", "io", "uuid"}
"""What the core may not import: a database, a terminal, a writer, a parser, or a way to files and the clock."""


def noun(module: str) -> str:
    """The module or package at the top: ``records.base`` → ``records``."""
    return module.partition(".")[0]


def floor(module: str) -> int:
    return FLOORS.get(noun(module), FRONT_DOOR)


def modules() -> dict[str, ast.Module]:
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)
        found[name] = ast.parse(path.read_text(encoding="utf-8"), str(path))
    return found


MODULES = modules()
PACKAGES = {".".join(p.relative_to(PACKAGE).parent.parts) for p in PACKAGE.rglob("*/__init__.py")}


def imports(module: str) -> Iterator[str]:
    """Every module that ``module`` imports, wherever the import stands; the package's own without its name."""
    for node in ast.walk(MODULES[module]):
        if isinstance(node, ast.Import):
            yield from (alias.name.removeprefix("casework_flow.") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield (node.module or "").removeprefix("casework_flow.")
        elif isinstance(node, ast.ImportFrom):
            here = module.split(".") if module in PACKAGES else module.split(".")[:-1]
            base = [*here[: len(here) - node.level + 1], *(node.module.split(".") if node.module else ())]
            for alias in node.names:
                inner = ".".join([*base, alias.name])
                yield inner if inner in MODULES else ".".join(base) or "__init__"


INTERNAL = {name: {found for found in imports(name) if found in MODULES} for name in MODULES}


def test_an_import_points_to_its_own_floor_or_below() -> None:
    upwards = [
        f"{name} (floor {floor(name)}) imports {other} (floor {floor(other)})"
        for name, others in INTERNAL.items()
        for other in others
        if name != "__init__" and floor(other) > floor(name)
    ]
    assert not upwards, "import downwards only; a new module that belongs below the front door goes into FLOORS"


def test_the_floor_plan_names_no_module_that_is_gone() -> None:
    planned = {"__main__", "drawings", "demo", "testing", "cli"}
    assert FLOORS.keys() - {noun(name) for name in MODULES} <= planned


def test_neighbours_on_floor_two_do_not_know_each_other() -> None:
    sideways = {
        (noun(name), noun(other))
        for name, others in INTERNAL.items()
        for other in others
        if floor(name) == floor(other) == 2 and noun(name) != noun(other)
    }
    assert sideways <= SIDEWAYS


def test_there_is_no_import_cycle() -> None:
    # a package's __init__ is left out: importing one of its modules names it, and ours import nothing back
    graph = {name: others - {"__init__"} for name, others in INTERNAL.items() if name != "__init__"}
    assert list(TopologicalSorter(graph).static_order())  # raises CycleError and names the cycle


def test_only_the_engine_knows_transitions() -> None:
    assert [name for name in MODULES if any(noun(other) == "transitions" for other in imports(name))] == ["engine"]


def test_only_the_api_knows_fastapi() -> None:
    web = {"fastapi", "starlette", "uvicorn"}
    knows = {name for name in MODULES if {noun(other) for other in imports(name)} & web}
    assert {noun(name) for name in knows if name != "cli.serving"} == {"api"}


@pytest.mark.parametrize("name", [name for name in MODULES if floor(name) == 1])
def test_the_core_is_pure(name: str) -> None:
    assert not {noun(other) for other in imports(name)} & OUTSIDE_ONLY
    for node in ast.walk(MODULES[name]):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called not in ("open", "print", "input"), f"{name}:{node.lineno} calls {called}"
            assert called.rpartition(".")[2] not in ("now", "today", "utcnow", "getenv"), f"{name}:{node.lineno}"


def test_no_file_is_longer_than_500_lines() -> None:
    long = {
        str(path.relative_to(PACKAGE)): count
        for path in PACKAGE.rglob("*.py")
        if (count := path.read_text(encoding="utf-8").count("\n")) > 500
    }
    assert not long, "a file that needs scrolling past 500 lines probably holds two nouns"
