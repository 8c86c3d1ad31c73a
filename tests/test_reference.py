"""The reference pages are what the code says of itself, and the documentation's site has a place for every page."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from casework_flow.cli import VERBS

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"


def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reference", ROOT / "tools" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["reference"] = module
    spec.loader.exec_module(module)
    return module


PAGES = dict(tool().pages())


@pytest.mark.parametrize("name", PAGES)
def test_a_reference_page_is_current(name: str) -> None:
    assert (DOCS / "reference" / name).read_text(encoding="utf-8") == PAGES[name], "run make reference"


@pytest.mark.parametrize("lang", ["en", "id"])
def test_every_verb_is_in_the_reference(lang: str) -> None:
    headings = set(re.findall(r"^## casework (.+)$", PAGES[f"cli.{lang}.md"], re.MULTILINE))
    wanted = {f"{name} {inner}".strip() for name, entry in VERBS.items() for inner in (entry.below or {"": None})}
    assert headings == wanted


def test_the_site_leads_to_pages_that_are_there_in_both_languages_where_people_work_with_them() -> None:
    config = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))

    def files(part: object) -> list[str]:
        if isinstance(part, str):
            return [part]
        inner = part.values() if isinstance(part, dict) else part
        assert hasattr(inner, "__iter__")
        return [file for one in inner for file in files(one)]

    for file in files(config["nav"]):
        plain = DOCS / file
        both = [plain.with_suffix(f".{lang}.md") for lang in ("en", "id")]
        assert plain.is_file() or all(one.is_file() for one in both), file
