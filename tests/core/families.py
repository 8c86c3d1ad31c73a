"""Generated families: up to 40 people in 5 generations, and tangled ones that no family tree shows."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

KINDS = ("married", "cohabiting", "separated", "divorced")
QUALITIES = ("close", "ordinary", "distant", "conflict", "cut_off", "unknown")
LABELS = st.sampled_from(["Ani", "Budi Santoso", "Anak pertama", "Opung Doli Simanjuntak", "", "Eka", "Maria M."])


class _Growing:
    """A family that grows generation by generation, by what Hypothesis draws."""

    def __init__(self, draw: st.DrawFn, most: int) -> None:
        self.draw = draw
        self.most = most
        self.members: list[dict[str, Any]] = []
        self.relations: list[dict[str, Any]] = []

    def person(self, generation: int) -> str:
        draw = self.draw
        member: dict[str, Any] = {
            "id": f"m{len(self.members)}",
            "label": draw(LABELS),
            "sex": draw(st.sampled_from(["female", "male", "unknown"])),
            "in_household": draw(st.sampled_from([True, False, None])),
            "alive": draw(st.sampled_from([True, True, False])),
        }
        if draw(st.booleans()):
            member["age"] = max(0, 100 - 23 * generation + draw(st.integers(-9, 9)))
        if draw(st.integers(0, 3)) == 0:
            member["roles"] = ["breadwinner", "caregiver"]
        self.members.append(member)
        return str(member["id"])

    def relate(self, one: str, other: str, kind: str) -> None:
        relation: dict[str, Any] = {"a": one, "b": other, "kind": kind}
        if self.draw(st.integers(0, 2)) == 0:
            relation["quality"] = self.draw(st.sampled_from(QUALITIES))
        self.relations.append(relation)

    @property
    def full(self) -> bool:
        return len(self.members) >= self.most

    def families_of(self, person: str, generation: int) -> list[tuple[str, ...]]:
        """Up to three partners, and perhaps children without a known other parent."""
        found: list[tuple[str, ...]] = []
        for _ in range(self.draw(st.sampled_from([0, 1, 1, 1, 2, 3]))):
            if not self.full:
                partner = self.person(generation)
                self.relate(person, partner, self.draw(st.sampled_from(KINDS)))
                found.append((person, partner))
        if self.draw(st.integers(0, 3)) == 0 or not found:
            found.append((person,))
        return found


@st.composite
def families(draw: st.DrawFn, most: int = 40) -> dict[str, Any]:
    """A family with couples, remarriages, single parents, in-laws, loose siblings and households."""
    grown = _Growing(draw, most)
    couples = grown.families_of(grown.person(0), 0)
    for generation in range(1, draw(st.integers(1, 4)) + 1):
        following: list[tuple[str, ...]] = []
        for parents in couples:
            for _ in range(draw(st.integers(0, 3))):
                if grown.full:
                    break
                child = grown.person(generation)
                for parent in parents:
                    grown.relate(parent, child, "parent_child")
                following += grown.families_of(child, generation)
        couples = following
    everybody = [member["id"] for member in grown.members]
    for _ in range(draw(st.integers(0, 2))):
        if not grown.full:
            sibling = grown.person(1)
            grown.relate(draw(st.sampled_from(everybody)), sibling, "sibling")
    children = [r["b"] for r in grown.relations if r["kind"] == "parent_child"]
    partners = [r["b"] for r in grown.relations if r["kind"] in KINDS and r["b"] not in children]
    for partner in partners[: draw(st.integers(0, 2))]:
        if not grown.full:
            grown.relate(grown.person(0), partner, "parent_child")
    return {"index": draw(st.sampled_from(everybody)), "members": grown.members, "relations": grown.relations}


@st.composite
def tangles(draw: st.DrawFn) -> dict[str, Any]:
    """People related in any way that a sound record allows: cousins marry, a child has three parents."""
    grown = _Growing(draw, 14)
    for _ in range(draw(st.integers(1, 14))):
        grown.person(draw(st.integers(0, 4)))
    places = st.integers(0, len(grown.members) - 1)
    told: set[tuple[int, int, str]] = set()
    for _ in range(draw(st.integers(0, 22))):
        one, other = sorted((draw(places), draw(places)))
        if one != other:
            kind = draw(st.sampled_from([*KINDS, "parent_child", "parent_child", "sibling"]))
            if (one, other, kind) not in told:
                told.add((one, other, kind))
                grown.relate(f"m{one}", f"m{other}", kind)  # parents come first, so nobody is their own ancestor
    return {"index": f"m{draw(places)}", "members": grown.members, "relations": grown.relations}
