"""A child in conflict with the law is named to the family, and to nobody else. All persons are fictional."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from programme_cases import (
    CHILD,
    LIBRARY,
    NUMBER,
    TEMPLATES,
    Standing,
    issues,
    walk_changed,
)

from casework_flow.documents import render
from casework_flow.issuing import Document
from casework_flow.resources import shipped
from casework_flow.yaml12 import parse

TO_THE_FAMILY = {
    "service_basis", "contract", "addendum", "plan", "handover_record", "termination_record", "termination_letter",
    "family_letter", "closure_notice",
}  # fmt: skip
NAMING = {"intake", "referral"}
"""Where it must stand who the child is: the first form, and the letter to whoever is to receive the child."""


def test_a_child_has_a_pseudonym_in_whatever_does_not_go_to_the_family() -> None:
    for issue in issues(LIBRARY.load(CHILD)):
        alias = render.identity_of(TEMPLATES.bundle(issue.document)) == "pseudonym"
        assert alias == (issue.document not in TO_THE_FAMILY | NAMING), issue.document


def test_neither_the_child_nor_a_relative_is_named_under_the_pseudonym(stand: Callable[[str, str], Standing]) -> None:
    standing = stand(CHILD, "intervention")
    reason = "Bonar Contoh dan RUTI CONTOH pindah rumah; Bonar meminta asesmen ulang. Hubungi +6281290000012."
    standing.cw.move(NUMBER, "reassess", by=standing.worker, at=standing.on, reason=reason.partition(" Hubungi")[0])
    example = {
        path.stem: parse(path.read_text(encoding="utf-8"))[0] for path in (shipped("examples") / CHILD).glob("*.yaml")
    }
    client = example["client"]
    private = {
        client["name"], client["name"].split()[0], client["nik"], client["address"]["detail"],
        client["guardian"]["name"], example["handover"][0]["name"],
        *(number.lstrip("0").replace("-", "") for number in (client["phone"], client["guardian"]["phone"])),
    }  # fmt: skip
    aliased, named = set(), set()
    for one in standing.cw.documents(NUMBER):
        document = standing.cw.document(NUMBER, one.name, item=one.item, version=one.version)
        said = _plain(document)
        if one.name in TO_THE_FAMILY | NAMING:
            named |= {word for word in private if word.casefold() in said}
            continue
        aliased.add(one.name)
        assert [word for word in private if word.casefold() in said] == [], one.name
    assert named >= {client["name"], client["nik"], client["guardian"]["name"], client["address"]["detail"]}
    assert aliased == {
        "confidential_assessment", "child_social_report", "case_conference_minutes", "confidential_change_record",
    }  # fmt: skip


def _plain(document: Document) -> str:
    """Everything that a document says, its attributes and drawings too, in small letters."""
    return f"{' '.join(document.text().split())} {document.xml} {document.html()}".casefold()


def test_a_genogram_under_the_pseudonym_shows_relations_not_names(tmp_path: Path) -> None:
    def name(genogram: Any) -> None:
        for member, label in zip(genogram["members"], ("Bonar", "Ruti Contoh", "Saut", "Mian"), strict=True):
            member["label"] = label

    said = _plain(walk_changed(CHILD, "genogram", name, tmp_path).document(NUMBER, "confidential_assessment"))
    assert [word for word in ("bonar", "ruti contoh", "saut", "mian") if word in said] == []
    assert "ayah" in said
    assert "father" not in said


def test_the_whole_walk_of_the_child_keeps_the_pseudonym(stand: Callable[[str, str], Standing]) -> None:
    standing = stand(CHILD, "closed")
    checked = set()
    for one in standing.cw.documents(NUMBER):
        if one.name not in TO_THE_FAMILY | NAMING:
            said = _plain(standing.cw.document(NUMBER, one.name, item=one.item, version=one.version))
            assert not [word for word in ("bonar", "ruti contoh", "1216060511099997") if word in said], one.name
            checked.add(one.name)
    assert {"confidential_visit_report", "confidential_progress_note", "confidential_evaluation"} <= checked
