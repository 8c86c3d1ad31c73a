"""What is other in a record than before."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from casework_flow.records.comparing import Change, changes

VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=3), st.lists(st.text(max_size=2), max_size=2)
)
RECORDS = st.dictionaries(
    st.sampled_from("abcd"), VALUES | st.dictionaries(st.sampled_from("xyz"), VALUES, min_size=1), max_size=4
)


def applied(before: dict[str, Any], found: tuple[Change, ...]) -> dict[str, Any]:
    """``before`` with the changes made in it; what is None is not there."""
    after = {name: dict(value) if isinstance(value, dict) else value for name, value in before.items()}
    for change in found:
        *way, last = change.path.split(".")
        part = after
        for name in way:
            part = part[name]
        assert part.get(last) == change.before
        part[last] = change.after
    return plain(after)


def plain(record: dict[str, Any]) -> dict[str, Any]:
    inner = {name: plain(value) if isinstance(value, dict) else value for name, value in record.items()}
    return {name: value for name, value in inner.items() if value is not None}


@given(RECORDS, RECORDS)
def test_the_changes_lead_from_the_one_revision_to_the_other(before: dict[str, Any], after: dict[str, Any]) -> None:
    found = changes(before, after)
    assert applied(before, found) == plain(after)
    assert all(change.before != change.after for change in found)
    assert changes(after, after) == ()


def test_an_item_is_known_by_its_name_wherever_it_stands() -> None:
    before = {"items": [{"id": "p1", "text": "a"}, {"id": "p2", "text": "b"}, {"id": "p3", "text": "c"}]}
    after = {"items": [{"id": "p0", "text": "neu"}, {"id": "p3", "text": "c"}, {"id": "p1", "text": "A"}]}
    assert changes(before, after) == (
        Change("items.1", None, {"id": "p0", "text": "neu"}),
        Change("items.3.text", "a", "A"),
        Change("items.2", {"id": "p2", "text": "b"}, None),
    )


def test_items_without_a_name_of_their_own_are_told_apart_by_their_place() -> None:
    before = {"attempts": [{"date": "2025-03-01"}, {"date": "2025-03-02"}]}
    after = {"attempts": [{"date": "2025-03-01"}, {"date": "2025-03-03"}, {"date": "2025-03-04"}]}
    assert changes(before, after) == (
        Change("attempts.2.date", "2025-03-02", "2025-03-03"),
        Change("attempts.3", None, {"date": "2025-03-04"}),
    )


def test_a_list_of_plain_values_is_one_value() -> None:
    assert changes({"methods": ["a"]}, {"methods": ["a", "b"]}) == (Change("methods", ["a"], ["a", "b"]),)
