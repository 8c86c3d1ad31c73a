"""How amounts, dates and numbers are read that people have written: one meaning, or a refusal."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework_flow import headings, notation
from casework_flow.notation import Unclear

TODAY = date(2025, 6, 30)


def day(cell: object, **how: Any) -> date | None:
    return notation.day(cell, today=TODAY, months=headings.months(), **{"earliest": date(1975, 1, 1), **how})


@pytest.mark.parametrize(
    ("cell", "rupiah"),
    [
        ("1.250.000", 1_250_000),
        ("1,250,000", 1_250_000),
        ("1 250 000", 1_250_000),
        ("Rp 1.250.000,00", 1_250_000),
        ("Rp1.250.000,-", 1_250_000),
        ("rp. 95.000", 95_000),
        ("IDR 95,000.00", 95_000),
        ("1.250", 1250),
        ("1,250", 1250),
        ("95000", 95_000),
        ("95000,00", 95_000),
        (95_000, 95_000),
        (95_000.0, 95_000),
        ("-", None),
        ("Rp -", None),
        ("Rp -,-", None),
        ("", None),
        (None, None),
    ],
)
def test_an_amount_has_one_meaning(cell: object, rupiah: int | None) -> None:
    assert notation.amount(cell) == rupiah


@pytest.mark.parametrize(
    "cell",
    [
        "1.25",
        "1,5",
        "12.34.567",
        "1.250,000",
        "1.250.000,50",
        "1,250.000.000",
        "-25.000",
        "(25.000)",
        "25rb",
        "seribu",
        "1e6",
        "=1+1",
        "#REF!",
        "1" * 61,
        12.5,
        float("nan"),
        float("inf"),
        True,
    ],
)
def test_an_amount_that_could_be_two_is_refused(cell: object) -> None:
    with pytest.raises(Unclear):
        notation.amount(cell)


@given(st.integers(1, 10**12))
def test_every_way_of_writing_an_amount_gives_it_back(rupiah: int) -> None:
    dots = f"{rupiah:,}".replace(",", ".")
    for text in (str(rupiah), dots, f"{rupiah:,}", f"Rp {dots}", f"Rp{dots},00", f"Rp {dots},-"):
        assert notation.amount(text) == rupiah


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("2025-03-17", date(2025, 3, 17)),
        ("2025/3/17", date(2025, 3, 17)),
        ("17/03/2025", date(2025, 3, 17)),
        ("3/4/2025", date(2025, 4, 3)),
        ("17-3-2025", date(2025, 3, 17)),
        ("17.03.2025", date(2025, 3, 17)),
        ("17 Maret 2025", date(2025, 3, 17)),
        ("17 Mar 25", date(2025, 3, 17)),
        ("17-Agt-2024", date(2024, 8, 17)),
        ("Senin, 17 Maret 2025", date(2025, 3, 17)),
        ("Lumban Julu, 5 Pebruari 1988", date(1988, 2, 5)),
        ("17 March 2025", date(2025, 3, 17)),
        ("2025-03-17T00:00:00", date(2025, 3, 17)),
        ("17/03/2025 00:00", date(2025, 3, 17)),
        (45733, date(2025, 3, 17)),
        (45733.0, date(2025, 3, 17)),
        ("45733", date(2025, 3, 17)),
        (date(2025, 3, 17), date(2025, 3, 17)),
        ("-", None),
        ("", None),
        (None, None),
    ],
)
def test_a_date_has_one_meaning(cell: object, found: date | None) -> None:
    assert day(cell) == found


@pytest.mark.parametrize(
    "cell",
    [
        "03/25/2025",
        "31/02/2025",
        "1/2/3",
        "17 Foo 2025",
        "Maret 2025",
        "kemarin",
        "2025",
        "17032025",
        "0/0/2025",
        "99999",
        45733.5,
        -1,
        True,
        float("nan"),
    ],
)
def test_what_is_no_date_for_certain_is_refused(cell: object) -> None:
    with pytest.raises(Unclear):
        day(cell)


def test_two_digits_of_a_year_mean_the_one_that_is_possible() -> None:
    assert day("12/08/92", earliest=notation.FIRST_DAY) == date(1992, 8, 12)
    assert day("17/03/25", earliest=date(1975, 1, 1)) == date(2025, 3, 17)
    with pytest.raises(Unclear, match="four digits"):
        day("17/03/25", earliest=notation.FIRST_DAY)  # a child, or somebody a hundred years old


def test_beside_a_month_that_comes_first_a_date_that_could_be_two_is_refused() -> None:
    assert notation.has_month_first("03/25/2025")
    assert not notation.has_month_first("25/03/2025")
    with pytest.raises(Unclear):
        day("03/04/2025", month_first=True)
    assert day("04/04/2025", month_first=True) == date(2025, 4, 4)
    assert day("25/03/2025", month_first=True) == date(2025, 3, 25)


@given(st.dates(date(1950, 1, 2), TODAY), st.sampled_from(["%d/%m/%Y", "%Y-%m-%d", "%d-%m-%Y", "%d.%m.%Y"]))
def test_every_way_of_writing_a_date_gives_it_back(found: date, form: str) -> None:
    assert day(found.strftime(form)) == found
    assert day((found - date(1899, 12, 30)) // timedelta(1)) == found
    name = next(name for name, number in headings.months().items() if number == found.month)
    assert day(f"{found.day} {name.title()} {found.year}") == found


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("1216064507880001", "1216064507880001"),
        ("'1216064507880001", "1216064507880001"),
        ("1216 0645 0788 0001", "1216064507880001"),
        ("1216.0645.0788.0001", "1216064507880001"),
        (1216064507880001, "1216064507880001"),
        (12, "12"),
        (None, None),
        ("", None),
    ],
)
def test_a_nik_is_its_digits(cell: object, found: str | None) -> None:
    assert notation.digits(cell) == found


@pytest.mark.parametrize("cell", [1.21606450788e15, 1216064507880000, "1,21606E+15", "1.21606e15", 12.5])
def test_a_nik_that_a_spreadsheet_has_rounded_is_refused(cell: object) -> None:
    with pytest.raises(Unclear, match="15 digits"):
        notation.digits(cell)


def test_the_zero_before_a_telephone_number_is_put_back() -> None:
    assert notation.phone(81234567890) == "081234567890"
    assert notation.phone("0812-3456-7891") == "0812-3456-7891"
    assert notation.phone("+62 812 3456 7891") == "+62 812 3456 7891"
