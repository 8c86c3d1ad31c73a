"""The machine decides: an edge that is cut from the file is refused by the engine, though no guard is in its way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from test_engine import STATE

from casework_flow.engine import CaseState, Engine
from casework_flow.errors import Refused
from casework_flow.workflow import from_data

ROOT = Path(__file__).parents[2]
FILES: dict[str, dict[str, Any]] = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "workflows").glob("*.yaml"))
}
"""The shipped workflows as plain YAML, not through the software's own loader."""
STATUSES = ("active", "paused", "closed")


@dataclass(frozen=True)
class Edge:
    """A way from one stage and status to another, as the file has it. ``place`` is the move's in the list."""

    move: str
    because: str | None
    stage: str
    status: str
    to: tuple[str, str]
    place: int = -1
    early: bool = False
    """Of a closing: before the case has really begun."""

    def __str__(self) -> str:
        words = (self.move, self.because, self.stage, self.status, "early" if self.early else None)
        return "-".join(filter(None, words))


def free(data: dict[str, Any], *, early: bool = False) -> dict[str, Any]:
    """The workflow without a guard; with ``early``, in it a case without any record closes early."""
    data = deepcopy(data)
    if early:
        data["closing"]["early"]["when"] = "not contract"
    else:
        data.pop("closing", None)
    for part in (*data["stages"].values(), *data["moves"], *data["closures"].values()):
        part.pop("requires", None)
    return data


def sources(move: dict[str, Any], stages: Sequence[str]) -> Sequence[str]:
    named = [move["from"]] if isinstance(move["from"], str) else move["from"]
    return stages if "any" in named else named


def edges(data: dict[str, Any]) -> Iterator[Edge]:
    """Every edge of a file: each forward move, each move and each closure from each stage that it leaves."""
    stages = list(data["stages"])
    for stage, following in pairwise(stages):
        yield Edge("advance", None, stage, "active", (following, "active"))
    for place, move in enumerate(data["moves"]):
        for stage in sources(move, stages):
            to = (move.get("to", stage), move.get("status", "active"))
            yield Edge(move["move"], None, stage, move.get("when", "active"), to, place)
    for reason, closure in data["closures"].items():
        complete = closure.get("complete")
        for stage in stages[-1:] if complete else stages:
            for status in STATUSES[: 1 if complete else 2]:
                yield Edge("close", reason, stage, status, (stages[-1], "closed"))
                if not complete and "closing" in data:
                    yield Edge("close", reason, stage, status, (stage, "closed"), early=True)


def cut(data: dict[str, Any], edge: Edge) -> dict[str, Any]:
    """The file without ``edge``, by the smallest change that the format has for it.

    A move loses the one stage from its sources. A forward edge goes when its stage is put last. A closure is one
    entry for all stages, and goes as a whole.
    """
    data = deepcopy(data)
    if edge.move == "advance":
        data["stages"][edge.stage] = data["stages"].pop(edge.stage)
    elif edge.move == "close":
        del data["closures"][edge.because]
    else:
        move = data["moves"][edge.place]
        move["from"] = [stage for stage in sources(move, list(data["stages"])) if stage != edge.stage]
        if not move["from"]:
            del data["moves"][edge.place]
    return data


def standing(edge: Edge) -> CaseState:
    return replace(STATE, stage=edge.stage, status=edge.status)


ALL = [(name, edge) for name, data in FILES.items() for edge in edges(data)]


def test_there_are_edges_of_every_kind_in_every_file() -> None:
    assert len(FILES) == 5
    for name in FILES:
        moves = {edge.move for file, edge in ALL if file == name}
        assert {"advance", "close", "pause", "resume", "reopen"} <= moves, name
        assert any(edge.early for file, edge in ALL if file == name), name


@pytest.mark.parametrize(("name", "edge"), ALL, ids=str)
def test_an_edge_that_is_cut_from_the_file_is_refused(name: str, edge: Edge) -> None:
    whole = free(FILES[name], early=edge.early)
    option = Engine(from_data(whole)).decide(standing(edge), {"contract": None}, edge.move, because=edge.because)
    assert (option.stage, option.status) == edge.to
    engine = Engine(from_data(cut(whole, edge)))
    with pytest.raises(Refused) as refusal:
        engine.decide(standing(edge), {"contract": None}, edge.move, because=edge.because)
    assert refusal.value.unmet == ()
    assert all(refusal.value.message.say(lang) for lang in ("id", "en"))
    left = {(o.move, o.because) for o in engine.options(standing(edge), {})}
    assert (edge.move, edge.because) not in left


@pytest.mark.parametrize("name", FILES)
def test_what_the_file_does_not_draw_is_refused_from_everywhere(name: str) -> None:
    """Each move of the file, tried from each stage and status: it is made where the file has it, and nowhere else."""
    data = free(FILES[name])
    engine, drawn = Engine(from_data(data)), {}
    for edge in edges(data):
        drawn[edge.move, edge.because, edge.stage, edge.status] = edge.to
    tried = {(move, because) for move, because, *_ in drawn}
    for stage in data["stages"]:
        for status in STATUSES:
            for move, because in tried:
                place = standing(Edge(move, because, stage, status, (stage, status)))
                to = drawn.get((move, because, stage, status))
                if to is None:
                    with pytest.raises(Refused):
                        engine.decide(place, {"contract": None}, move, because=because)
                else:
                    option = engine.decide(place, {"contract": None}, move, because=because)
                    assert (option.stage, option.status) == to
