"""What a host adds is used everywhere, checked at once, kept apart, and its absence is told in words."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Annotated, Any

import pytest
from example import CHECK, CLIENT, WORKFLOW, HomeCheck, extension, files, in_area

from casework_flow import Casework, Extension, ExtensionFault, Invalid, NotFound, Refused
from casework_flow.checking import check
from casework_flow.extending import added
from casework_flow.extensions import NewFormat, NewRecord, Record, label
from casework_flow.records.blank import blank_form
from casework_flow.testing import OFFICE, STAFF, Clock, memory_casework


def opened(cw: Casework) -> str:
    return cw.open("area", client=CLIENT, by="maya").number


def letter(cw: Casework, number: str) -> str:
    return cw.document(number, "letter").text()


def test_a_case_uses_everything_that_the_extension_adds(tmp_path: Path) -> None:
    cw = memory_casework(extensions=[extension()], **files(tmp_path))
    number = opened(cw)
    with pytest.raises(Refused) as no:
        cw.advance(number, by="maya")
    assert [unmet.guard for unmet in no.value.unmet] == ["safe"]
    cw.record(number, "home_check", CHECK, by="maya")
    assert cw.advance(number, by="maya").to == "ending"
    said = letter(cw, number)
    for words in ("SC,", "0811", "2025-11-20", "11,", "Rp50000"):
        assert words in said.replace("\n", " ")
    document = cw.document(number, "letter")
    assert document.formats[-1] == "outline"
    assert document.written("outline") == b"letter of 2025-12-01"
    assert not cw.verify()


def test_the_guard_function_decides(tmp_path: Path) -> None:
    cw = memory_casework(extensions=[extension(records=extension().records)], **files(tmp_path))
    elsewhere = {**CLIENT, "address": {"region": {"scheme": "kemendagri", "code": "32.01.01"}}}
    number = cw.open("area", client=elsewhere, by="maya").number
    cw.record(number, "home_check", CHECK, by="maya")
    with pytest.raises(Refused) as no:
        cw.advance(number, by="maya")
    assert [unmet.guard for unmet in no.value.unmet] == ["in_area"]


def test_a_function_is_never_asked_of_what_is_not_recorded(tmp_path: Path) -> None:
    asked: list[str] = []

    def in_area(code: str) -> bool:
        asked.append(code)
        return True

    cw = memory_casework(extensions=[extension(functions=[in_area, *extension().functions[1:]])], **files(tmp_path))
    number = cw.open("area", client={**CLIENT, "address": None}, by="maya").number
    requirements = cw.status(number).moves[0].requirements
    assert not next(one for one in requirements if one.guard == "in_area").ok
    assert not asked


def test_a_record_is_validated_by_its_model_and_a_slip_is_named(tmp_path: Path) -> None:
    cw = memory_casework(extensions=[extension()], **files(tmp_path))
    number = opened(cw)
    with pytest.raises(Invalid) as fault:
        cw.record(number, "home_check", {**CHECK, "checked_on": "2026-01-01", "risc": "low"}, by="maya")
    assert {problem.where for problem in fault.value.problems} == {"checked_on", "risc"}
    assert "Did you mean risk?" in str(fault.value)
    with pytest.raises(NotFound, match="home_check"):
        cw.record(number, "home_chek", CHECK, by="maya")


def test_a_new_file_of_the_record_has_its_labels(tmp_path: Path) -> None:
    cw = memory_casework(extensions=[extension()], **files(tmp_path))
    kind = cw.added.records["home_check"]
    assert kind.title.say("id") == "Periksa rumah"
    said = blank_form(kind, "id")
    assert "Tanggal pemeriksaan" in said
    assert "checked_on" in said


def test_the_check_of_workflows_and_templates_knows_it(tmp_path: Path) -> None:
    folders = files(tmp_path)
    path = folders["workflows"][0] / "area.yaml"
    report = check(path, folders["templates"], added([extension()], installed=False))
    assert not report.findings
    without = check(path, folders["templates"])
    assert any("humbang" in str(problem.message) for problem in without.findings)


def test_a_slip_in_the_name_of_a_function_gets_a_hint(tmp_path: Path) -> None:
    folders = files(tmp_path, WORKFLOW.replace("humbang.in_area", "humbang.in_aera"))
    cw = memory_casework(extensions=[extension()], **folders)
    with pytest.raises(Invalid, match="Did you mean in_area"):
        opened(cw)


def test_a_slip_in_the_name_of_a_filter_gets_a_hint(tmp_path: Path) -> None:
    folders = files(tmp_path, template='<document title="Surat"><p>{{ client.name|shoutet }}</p></document>')
    report = check(folders["workflows"][0] / "area.yaml", folders["templates"], added([extension()], installed=False))
    assert any("Did you mean shouted" in problem.say("en") for problem in report.findings)


def test_a_form_of_a_workflow_may_not_have_its_name(tmp_path: Path) -> None:
    form = "forms:\n  home_check:\n    title: {id: A, en: A}\n    fields: {a: {type: text, label: {id: A, en: A}}}\n"
    cw = memory_casework(extensions=[extension()], **files(tmp_path, WORKFLOW + form))
    with pytest.raises(Invalid, match="humbang"):
        opened(cw)


def test_two_offices_side_by_side_do_not_mix(tmp_path: Path) -> None:
    def quiet(text: str) -> str:
        return text.lower()

    def nowhere(code: str) -> bool:
        return not code

    nowhere.__name__ = "in_area"
    folders = files(tmp_path)
    days = extension().functions[1]
    loud = memory_casework(extensions=[extension()], **folders)
    calm = memory_casework(extensions=[extension(functions=[nowhere, days], filters={"shouted": quiet})], **folders)
    plain = memory_casework(**folders)
    numbers = []
    for cw in (loud, calm):
        number = opened(cw)
        cw.record(number, "home_check", CHECK, by="maya")
        numbers.append(number)
    assert numbers[0] == numbers[1]
    loud.advance(numbers[0], by="maya")
    with pytest.raises(Refused):
        calm.advance(numbers[1], by="maya")
    calm.advance(numbers[1], by="sup", override=["in_area"], reason="Disepakati")
    assert "SC," in letter(loud, numbers[0])
    assert "sc," in letter(calm, numbers[1])
    assert "SC," in letter(loud, numbers[0])
    with pytest.raises(Invalid, match="humbang"):
        plain.open("area", client=CLIENT, by="maya")


@pytest.fixture
def kept(tmp_path: Path) -> tuple[str, dict[str, Any], str]:
    """A database with a case that was worked on with the extension: its URL, the folders, the case's number."""
    url, folders = f"sqlite:///{tmp_path / 'kept.db'}", files(tmp_path)
    cw = Casework(url, office=OFFICE, clock=Clock(), extensions=[extension()], **folders)
    for person in STAFF:
        cw.add_staff(**person)
    number = opened(cw)
    cw.record(number, "home_check", CHECK, by="maya")
    cw.advance(number, by="maya")
    second = cw.open("area", client=CLIENT, by="maya").number
    cw.record(second, "home_check", {**CHECK, "unsafe": True}, by="maya")
    cw.disconnect()
    return url, folders, second


def test_without_the_extension_the_case_is_told_in_words(kept: tuple[str, dict[str, Any], str]) -> None:
    url, folders, number = kept
    cw = Casework(url, office=OFFICE, clock=Clock(), **folders)
    said = " ".join(str(message) for message in cw.status(number).warnings)
    assert "home_check" in said
    assert "humbang" in said
    with pytest.raises(Refused) as no:  # "not home_check.unsafe" is not met because nobody knows it
        cw.advance(number, by="maya")
    assert {unmet.guard for unmet in no.value.unmet} == {"in_area", "safe"}
    with pytest.raises(NotFound, match="home_check"):
        cw.record(number, "home_check", CHECK, by="maya", revise=True)
    assert cw.history(number)
    assert not cw.rebuild()
    cw.disconnect()


def test_without_the_extension_the_chain_still_verifies(kept: tuple[str, dict[str, Any], str]) -> None:
    url, folders, _ = kept
    cw = Casework(url, office=OFFICE, clock=Clock(), **folders)
    found = cw.verify()
    assert len(found) == 1, found  # the letter cannot be written anew: that is said, and nothing else
    cw.disconnect()
    again = Casework(url, office=OFFICE, clock=Clock(), extensions=[extension()], **folders)
    assert not again.verify()
    again.disconnect()


def faults(*extensions: Extension) -> ExtensionFault:
    with pytest.raises(ExtensionFault) as caught:
        memory_casework(extensions=extensions)
    return caught.value


def test_an_extension_only_adds() -> None:
    assert "session is there already (from casework-flow)" in str(
        faults(extension(records=[NewRecord(name="session", title={"id": "a", "en": "a"}, model=HomeCheck)]))
    )
    second = faults(extension(), extension("second"))
    assert second.extension == "second"
    assert "home_check is there already (from humbang)" in str(second)
    assert "shouted is there already (from humbang)" in str(second)
    assert "outline is there already (from humbang)" in str(second)
    assert "hotline is there already (from humbang)" in str(second)
    assert "humbang is there already" in str(faults(extension(), Extension(name="humbang")))
    for name in ("client", "sessions", "case", "loop", "office"):
        assert f"{name} is there already" in str(faults(Extension(name=name)))
    assert "upper is there already" in str(faults(Extension(name="a", filters={"upper": str.upper})))
    assert ".pdf is there already" in str(
        faults(
            Extension(
                name="a", formats=[NewFormat(name="other", suffix=".pdf", media_type="a/b", write=lambda _: b"")]
            )
        )
    )


class Unlabelled(Record):
    note: str


class HalfLabelled(Record):
    note: Annotated[str, label(id="Catatan")]


class Loose(Record):
    number: Annotated[int, label(id="Angka", en="Number")]


class Reserved(Record):
    items: Annotated[str, label(id="Butir", en="Items")]


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (Unlabelled, "records.visit.note: The text is missing in the language"),
        (HalfLabelled, "records.visit.note: The text is missing in the language en"),
        (Loose, "records.visit.number: Annotate the field"),
        (Reserved, "items cannot be the name of a field"),
        (dict, "A subclass of casework_flow.extensions.Record is expected"),
    ],
)
def test_a_model_that_people_could_not_read_is_refused(model: Any, said: str) -> None:
    record = NewRecord(name="visit", title={"id": "Kunjungan", "en": "Visit"}, model=model)
    fault = faults(Extension(name="humbang", records=[record]))
    assert fault.extension == "humbang"
    assert said in str(fault)


async def later(code: str) -> bool:
    return bool(code)


def untyped(code):  # type: ignore[no-untyped-def]
    return code


def nothing() -> bool:
    return True


def everything(*codes: str) -> bool:
    return bool(codes)


def mapping(code: str) -> dict[str, str]:
    return {code: code}


@pytest.mark.parametrize("function", [later, untyped, nothing, everything, mapping, "no function"])
def test_a_function_with_another_signature_is_refused(function: Any) -> None:
    name = getattr(function, "__name__", "no function")
    fault = faults(Extension(name="humbang", functions=[function]))
    assert any(name in problem.where for problem in fault.problems)


def test_every_fault_of_an_extension_is_named_at_once() -> None:
    bad = Extension(name="Bad Name", functions=[in_area, in_area], globals={"x": object()}, filters={"y": 1})  # type: ignore[dict-item]
    assert len(faults(bad).problems) == 4


def broken_function(code: str) -> bool:
    raise KeyError(code)


def lying(code: str) -> bool:
    return code  # type: ignore[return-value]  # what a host's slip looks like


def broken_text(text: str) -> str:
    raise RuntimeError(text)


def broken_writer(document: object) -> bytes:
    raise OSError("disk")


def named(function: Any, name: str) -> Any:
    def call(code: str) -> bool:
        return function(code)  # type: ignore[no-any-return]

    call.__name__ = name
    return call


class Crashing(HomeCheck):
    def model_post_init(self, _: Any, /) -> None:
        raise ZeroDivisionError


@pytest.mark.parametrize(
    "changed",
    [
        {"functions": [named(broken_function, "in_area"), *extension().functions[1:]]},
        {"functions": [named(lying, "in_area"), *extension().functions[1:]]},
        {"filters": {"shouted": broken_text}},
        {"globals": {"hotline": "0811", "fee_words": named(broken_function, "fee_words")}},
    ],
)
def test_a_failure_names_the_extension_and_leaves_nothing_behind(changed: dict[str, Any], tmp_path: Path) -> None:
    url, folders = f"sqlite:///{tmp_path / 'kept.db'}", files(tmp_path)
    sound = Casework(url, office=OFFICE, clock=Clock(), extensions=[extension()], **folders)
    for person in STAFF:
        sound.add_staff(**person)
    number = opened(sound)
    sound.record(number, "home_check", CHECK, by="maya")
    if "globals" in changed:
        changed = {"globals": {**changed["globals"], "fee_words": broken_fee}}
    before = sound.history(number)
    broken = Casework(url, office=OFFICE, clock=Clock(), extensions=[extension(**changed)], **folders)
    with pytest.raises(ExtensionFault) as fault:
        broken.advance(number, by="maya")
    assert fault.value.extension == "humbang"
    assert "humbang" in str(fault.value)
    assert sound.history(number) == before
    assert sound.case(number).stage == "start"
    assert not sound.documents(number)
    assert not sound.verify()
    for cw in (sound, broken):
        cw.disconnect()


def broken_fee(amount: int) -> str:
    raise KeyError(amount)


def test_a_model_that_crashes_names_the_extension(tmp_path: Path) -> None:
    record = NewRecord(name="home_check", title={"id": "a", "en": "a"}, model=Crashing)
    cw = memory_casework(extensions=[extension(records=[record])], **files(tmp_path))
    number = opened(cw)
    with pytest.raises(ExtensionFault, match=r"humbang.*home_check.*ZeroDivisionError"):
        cw.record(number, "home_check", CHECK, by="maya")
    assert not cw.records(number, "home_check")


def test_a_writer_that_fails_names_the_extension(tmp_path: Path) -> None:
    made = NewFormat(name="outline", suffix=".outline", media_type="text/plain", write=broken_writer)
    cw = memory_casework(extensions=[extension(formats=[made])], **files(tmp_path))
    number = opened(cw)
    cw.record(number, "home_check", CHECK, by="maya")
    cw.advance(number, by="maya")
    with pytest.raises(ExtensionFault, match="humbang"):
        cw.document(number, "letter").written("outline")
    with pytest.raises(NotFound, match="Did you mean outline"):
        cw.document(number, "letter").written("outlin")


def test_what_a_filter_gives_is_escaped(tmp_path: Path) -> None:
    def shouted(text: str) -> str:
        return f"<b>{text}</b>"

    cw = memory_casework(extensions=[extension(filters={"shouted": shouted})], **files(tmp_path))
    number = opened(cw)
    cw.record(number, "home_check", CHECK, by="maya")
    cw.advance(number, by="maya")
    assert "<b>Sc</b>" in letter(cw, number)


def test_a_draft_asks_no_function_of_what_is_missing(tmp_path: Path) -> None:
    cw = memory_casework(extensions=[extension()], **files(tmp_path))
    assert "SC, 0811, [belum diisi], [belum diisi]" in cw.draft(opened(cw), "letter").text()


def test_a_case_goes_to_another_office_that_has_the_extension(
    kept: tuple[str, dict[str, Any], str], tmp_path: Path
) -> None:
    url, folders, number = kept
    here = Casework(url, office=OFFICE, clock=Clock(), extensions=[extension()], **folders)
    file = io.BytesIO()
    here.export(file, numbers=[number])
    file.seek(0)
    there = memory_casework(extensions=[extension()], **folders)
    there.import_lines(file, name="kasus.json", by="maya")
    assert there.records(number, "home_check")
    assert not there.status(number).warnings
    here.disconnect()
