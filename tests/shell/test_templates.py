"""The shipped templates: what every document of case S says, and what it refuses to leave out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from template_case import CASE_S, NAMES, OFFICE, SUPERVISOR, TEMPLATES, WORKER, Records, document

from casework_flow.document import writer_profile
from casework_flow.documents import html, markup, pdf, text
from casework_flow.documents.language import filters
from casework_flow.documents.render import IncompleteDocument, identity_of

HEADINGS = {
    "intake": "Identitas Klien; Sumber Rujukan; Masalah yang Disampaikan; Kepesertaan Program; "
    "Pemeriksaan Kelayakan; Petugas Penerima",
    "consent": "Penjelasan Layanan; Tujuan dan Dasar Hukum Pemrosesan; Jenis Data; Jangka Waktu Retensi; "
    "Pihak Penerima Data; Batas Kerahasiaan; Hak Klien dan Penarikan Persetujuan; Pernyataan Persetujuan; Wali/Saksi",
    "contract": "Para Pihak; Fokus Layanan; Tujuan; Metode; Jangka Waktu dan Jadwal Kunjungan; "
    "Peran dan Tanggung Jawab; Kerahasiaan; Perubahan dan Pengakhiran; Tanda Tangan",
    "assessment": "Identitas; Sumber dan Metode; Genogram; Ecomap; Kondisi Biopsikososial-Spiritual dan Ekonomi; "
    "Masalah; Kebutuhan; Kekuatan dan Sumber; Risiko; Kesimpulan; Rekomendasi",
    "plan": "Dasar Asesmen; Komponen; Tujuan; Kegiatan; Jadwal; Penanggung Jawab; Indikator (Kondisi Awal–Target); "
    "Persetujuan",
    "visit_report": "Minggu ke-; Hari/Tanggal; Tujuan Kunjungan; Kegiatan; Hasil Pengamatan; "
    "Pemeriksaan Buku Keuangan; Umpan Balik; Rencana Tindak Lanjut",
    "progress_note": "Ringkasan Mingguan; Kemajuan Indikator; Hambatan; Catatan Supervisi",
    "evaluation": "Pelaksanaan; Capaian per Indikator; Perubahan Perilaku; Hal yang Belum Tercapai; Pandangan Klien; "
    "Rekomendasi",
    "termination_record": "Para Pihak; Alasan; Capaian; Refleksi Klien; Rencana Keberlanjutan; Kontak Lanjutan; "
    "Penutup; Tanda Tangan",
    "referral": "Identitas; Alasan Rujukan; Ringkasan Layanan; Layanan yang Dimohonkan; Lampiran; Lembar Umpan Balik",
}
IN_FULL = {"intake", "consent", "contract"}
LETTERS = {"termination_letter", "referral", "closure_notice", "family_letter"}
SIGNED_AFRESH = {"addendum", "change_record"}
NIK = CASE_S["client"]["nik"]
OVERRIDE = {
    "guard": "reviewed",
    "message": "Tinjauan belum dilakukan",
    "reason": "Supervisor sedang bertugas di luar",
}


def nodes(node: markup.Node) -> Iterator[markup.Node]:
    yield node
    for child in node.nodes:
        yield from nodes(child)


def headings(xml: str) -> list[str]:
    found = nodes(markup.parse(xml))
    return [
        node.get("title") if node.tag == "section" else node.text for node in found if node.tag in ("section", "dt")
    ]


def plain(xml: str) -> str:
    """The document as plain text, its lines and columns joined into one line."""
    written = text.write(markup.parse(xml), writer_profile(OFFICE, "id"))
    return " ".join(written.split())


def words(xml: str) -> str:
    return " ".join(markup.parse(xml).text.split())


def signers(xml: str) -> list[str]:
    return [node.get("name") for node in nodes(markup.parse(xml)) if node.tag == "party"]


def put(path: str, value: Any) -> Callable[[Records], object]:
    """A change that writes ``value`` at ``path``, or removes what stands there if it is None."""

    def change(records: Records) -> None:
        *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
        at: Any = records
        for part in parents:
            at = at[part]
        if value is None:
            del at[last]
        else:
            at[last] = value

    return change


def test_there_is_a_template_for_each_document() -> None:
    assert set(TEMPLATES.names()) >= set(NAMES)  # what else there is, test_programmes.py knows


@pytest.mark.parametrize("name", sorted(HEADINGS))
def test_a_document_has_its_parts_in_order(name: str) -> None:
    wanted = HEADINGS[name].split("; ")
    assert [found for found in headings(document(name)) if found in wanted] == wanted


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_left_blank(name: str) -> None:
    xml = document(name)
    for node in nodes(markup.parse(xml)):
        if node.tag in ("p", "li", "dt", "dd", "td", "th", "subtitle", "title", "recipient", "ref", "check"):
            assert node.text.strip(), node
        if node.tag == "party":
            assert node.get("lead") or node.get("role")
    assert not re.search(r"None|True|False|\[\]|\{\{|\}\}|\{%|undefined", xml, re.IGNORECASE)
    assert not re.search(r"\.\.|\s[.,;](\s|$)|,,|\(\)", words(xml)), words(xml)


@pytest.mark.parametrize("name", NAMES)
def test_every_format_can_be_written(name: str) -> None:
    profile = writer_profile(OFFICE, "id")
    root = markup.parse(document(name))
    assert html.write(root, profile).startswith("<!doctype html>")
    assert pdf.write(root, profile, at=date(2025, 5, 21)).startswith(b"%PDF")
    assert not pdf.uncovered(root, profile)


@pytest.mark.parametrize(
    ("name", "path", "field"),
    [
        ("intake", "intake.eligibility.basis", "intake.eligibility.basis"),
        ("consent", "client.data_basis", "client.data_basis"),
        ("consent", "consent.0", "consents.latest(service)"),
        ("assessment", "ecomap.ties", "Ecomap"),
        ("assessment", "genogram", "Genogram"),
        ("assessment", "assessment.risk.result", "assessment.risk.result"),
        ("plan", "plan.client_agreed_on", "plan.client_agreed_on"),
        ("plan", "plan.components.0.goal", "plan.components.0.goal"),
        ("plan", "plan.components.0.activities.0.responsible", "responsible"),
        ("plan", "plan.components.0.indicators.0.target", "target"),
        ("visit_report", "session.3.feedback", "item.feedback"),
        ("visit_report", "session.3.observations", "item.observations"),
        ("evaluation", "evaluation.client_view", "evaluation.client_view"),
        ("evaluation", "evaluation.behaviour_changes", "Perubahan Perilaku"),
        ("evaluation", "evaluation.results.0", "rating"),
        ("evaluation", "evaluation.results.1.evidence", "evidence"),
        ("termination_record", "termination.achievements", "Capaian"),
        ("termination_record", "termination.client_reflections", "Refleksi Klien"),
        ("termination_record", "termination.sustainability", "Rencana Keberlanjutan"),
        ("termination_record", "termination.followup", "termination.followup.name"),
        ("termination_letter", "termination.followup", "termination.followup.name"),
        ("referral", "referral.services_requested", "referral.services_requested"),
        ("referral", "referral.summary", "referral.summary"),
        ("addendum", "addendum.0", "Perubahan Jangka Waktu"),
        ("family_letter", "termination.died_on", "termination.died_on"),
    ],
)
def test_a_missing_value_is_refused_by_the_names_of_document_and_field(name: str, path: str, field: str) -> None:
    change = put(path, None) if path != "client.data_basis" else _without_any_basis
    with pytest.raises(IncompleteDocument) as refused:
        document(name, change)
    assert name in str(refused.value)
    assert field in str(refused.value)


def _without_any_basis(records: Records) -> None:
    del records["client"]["data_basis"]
    del records["consent"][1]


def test_a_change_record_needs_its_reason() -> None:
    with pytest.raises(IncompleteDocument, match=r"change_record needs move\.reason"):
        document("change_record", move={"reason": None})


@pytest.mark.parametrize("name", NAMES)
def test_optional_lines_are_left_out(name: str) -> None:
    def bare(records: Records) -> None:
        for field in ("kk_number", "education", "occupation", "address", "companion", "pkh_number", "pkh_status"):
            del records["client"][field]
        records["intake"].pop("felt_state")
        records["supervision"] = []

    empty = {"title": "", "name": "", "nip": ""}
    xml = document(name, bare, office={"head": empty, "contact": "", "address": "", "place": ""})
    assert "Kabupaten Humbang Hasundutan" not in xml
    assert OFFICE["contact"] not in xml


HOSTILE = '<b>tebal</b> & "kutip" {{ 7 * 7 }} {% for x in y %} #typ \\ $x$ \u202egnol\x07 ]]> &#60;'
SHOWN = '<b>tebal</b> & "kutip" {{ 7 * 7 }} {% for x in y %} #typ \\ $x$ gnol ]]> &#60;'


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("intake", "intake.presenting_problem"),
        ("consent", "consent.1.covers.0"),
        ("contract", "contract.focus.0"),
        ("contract", "contract.worker_role"),
        ("assessment", "genogram.members.1.label"),
        ("assessment", "ecomap.systems.0.name"),
        ("assessment", "assessment.items.0.statement"),
        ("plan", "plan.components.0.activities.0.responsible"),
        ("plan", "plan.components.0.indicators.0.unit"),
        ("visit_report", "session.3.observations"),
        ("progress_note", "session.3.obstacles"),
        ("evaluation", "evaluation.results.0.evidence"),
        ("termination_record", "termination.sustainability.0.by"),
        ("termination_letter", "termination.followup.name"),
        ("referral", "referral.to"),
        ("addendum", "addendum.0.reason"),
        ("family_letter", "client.name"),
    ],
)
def test_what_people_typed_stays_text(name: str, path: str) -> None:
    # elsewhere than in full, who is named in a genogram is no longer
    xml = document(name, put(path, HOSTILE), identity="full" if path.endswith("label") else None)
    root = markup.parse(xml)
    profile = writer_profile(OFFICE, "id")
    assert SHOWN in " ".join(root.text.split()) or SHOWN in signers(xml)
    page = html.write(root, profile)
    assert "<b>tebal" not in page
    assert "&lt;b&gt;tebal&lt;/b&gt; &amp; &quot;kutip&quot; {{ 7 * 7 }}" in " ".join(page.split())
    written = text.write(root, profile)
    assert not set(written) & set("\u202e\x07")
    assert "tebal" in written


@pytest.mark.parametrize("name", NAMES)
def test_the_nik_stands_in_full_in_the_contract_papers_only(name: str) -> None:
    xml = document(name, identity="full")
    assert (NIK in xml) == (name in IN_FULL)
    if name in ("assessment", "termination_record", "referral"):
        assert "121606******9999" in xml


@pytest.mark.parametrize("name", NAMES)
def test_the_client_is_named_as_the_document_demands(name: str) -> None:
    bundle = TEMPLATES.bundle(name)
    in_full = name in IN_FULL | LETTERS | {"termination_record", "addendum"}
    assert identity_of(bundle) == ("full" if in_full else "initials")
    assert ("Sarma" in document(name)) == in_full
    other = document(name, identity="pseudonym")
    assert "Sarma" not in other
    assert "Pasaribu" not in other
    assert WORKER["name"] in other or name in LETTERS


def test_institutions_and_staff_keep_their_names_in_a_document_with_initials() -> None:
    assert "Lembaga pelatihan" in document("assessment")
    assert "Mengajak tetangga berbagi ide usaha kecil" in document("evaluation")
    by = {"name": "tetangga", "full_name": "Tetangga Contoh", "role": "supervisor", "title": None}
    xml = document("change_record", move={"by": by, "reason": "Permintaan tetangga"})
    assert "Permintaan tetangga" in xml
    assert "Tetangga Contoh" in xml


@pytest.mark.parametrize("name", [name for name in NAMES if name not in SIGNED_AFRESH])
def test_a_correction_is_marked(name: str) -> None:
    assert "Perbaikan" not in document(name)
    assert "Perbaikan ke-1" in document(name, correction=1)


def test_a_second_addendum_is_none_of_the_first_one_corrected() -> None:
    xml = document("addendum", lambda r: r["addendum"].append({**r["addendum"][0], "weeks": 1}), correction=1)
    assert "Perbaikan" not in xml
    assert "Adendum ke-2" in xml
    assert "ditambah 1 (satu) minggu sehingga seluruhnya menjadi 11 (sebelas) minggu" in plain(xml)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "visit_report"])
def test_overridden_requirements_are_printed_with_their_reason(name: str) -> None:
    xml = document(name, move={"overrides": [OVERRIDE]})
    assert "Pengecualian Persyaratan" in xml
    assert OVERRIDE["message"] in xml
    assert OVERRIDE["reason"] in xml
    assert "Pengecualian" not in document(name)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("assessment", "ecomap"),
        ("assessment", "genogram"),
        ("plan", "plan.components.0.goal"),
        ("plan", "plan.client_agreed_on"),
        ("plan", "plan.components.0.indicators.0.target"),
        ("evaluation", "evaluation.results.0"),
        ("evaluation", "evaluation.client_view"),
        ("termination_record", "termination.client_reflections"),
        ("termination_letter", "termination.followup"),
    ],
)
def test_what_an_override_excuses_does_not_stop_the_document(name: str, path: str) -> None:
    assert OVERRIDE["reason"] in document(name, put(path, None), move={"overrides": [OVERRIDE]})


@pytest.mark.parametrize("name", sorted(LETTERS))
def test_the_supervisor_signs_while_the_office_names_no_head(name: str) -> None:
    assert signers(document(name))[0] == OFFICE["head"]["name"]
    nobody = {"title": "", "name": "", "nip": ""}
    xml = document(name, office={"head": nobody})
    assert signers(xml)[0] == SUPERVISOR["name"]
    assert "19800101 200501 2 001" in xml
    alone = document(name, office={"head": nobody}, case={"supervisor": None})
    assert signers(alone)[0] == ""
    assert "NIP" not in alone


def test_a_students_contract_carries_the_supervisors_signature() -> None:
    assert signers(document("contract")) == ["Sarma Contoh", WORKER["name"], SUPERVISOR["name"]]
    worker = {**WORKER, "role": "social_worker"}
    assert SUPERVISOR["name"] not in signers(document("contract", case={"worker": worker}))
    with pytest.raises(IncompleteDocument, match=r"contract needs case\.supervisor"):
        document("contract", case={"supervisor": None})


def _guardian(records: Records) -> None:
    records["client"]["capacity"] = "limited"
    records["client"]["guardian"] = {"name": "Wali Contoh", "relation": "parent"}
    for consent in records["consent"]:
        consent.update(given_by="Wali Contoh", method="thumbprint", witness="Saksi Contoh")
    records["contract"]["agreed_method"] = "thumbprint"


@pytest.mark.parametrize("name", ["consent", "contract", "termination_record"])
def test_a_guardian_signs_for_a_client_of_limited_capacity(name: str) -> None:
    xml = document(name, _guardian)
    guardian = next(node for node in nodes(markup.parse(xml)) if node.get("name") == "Wali Contoh")
    assert guardian.get("mark") == "thumbprint"
    assert guardian.get("note") == "selaku wali dari Sarma Contoh"
    assert ("Saksi Contoh" in signers(xml)) == (name != "termination_record")
    assert "Sarma Contoh" not in signers(xml)


def test_the_letter_goes_to_the_guardian() -> None:
    assert "Yth. Saudara/Saudari Wali Contoh selaku wali dari Sarma Contoh" in words(
        document("termination_letter", _guardian)
    )


def test_the_evaluation_prints_what_the_finance_book_says() -> None:
    def wrong(records: Records) -> None:
        for result in records["evaluation"]["results"][:2]:
            result["value"] = 99

    xml = document("evaluation", wrong)
    said = " ".join(" ".join(node.text.split()) for node in nodes(markup.parse(xml)) if node.tag == "td")
    for figure in ("5 minggu", "Awal 26,0 %,", "akhir 9,7 %", "+3,3 %", "Skala 4", "Belum tercapai", "Tercapai"):
        assert figure in said
    assert "99" not in said
    written = text.write(markup.parse(xml), writer_profile(OFFICE, "id"))
    assert "akhir 9,7 %" in written  # no line breaks inside a figure
    missed = next(node for node in nodes(markup.parse(xml)) if node.get("title") == "Hal yang Belum Tercapai")
    assert "Perubahan pendapatan usaha: +3,3 %" in missed.text
    assert "Pencatatan" not in missed.text
    assert "mengakhiri layanan" in xml


def test_an_evaluation_with_every_target_reached_says_so() -> None:
    def all_met(records: Records) -> None:
        for result in records["evaluation"]["results"]:
            result["rating"] = "met"

    assert "Seluruh target tercapai." in document("evaluation", all_met)


def test_the_official_record_opens_and_closes_as_one() -> None:
    said = words(document("termination_record"))
    assert "Pada hari ini, Rabu, tanggal " in said
    assert "dua puluh satu" in said
    assert "dua ribu dua puluh lima" in said
    assert "Demikian Berita Acara ini dibuat" in said
    assert said.index("Pada hari ini") < said.index("Demikian Berita Acara")


def test_the_closing_letter_has_the_shape_of_an_official_letter() -> None:
    root = markup.parse(document("termination_letter"))
    reference = next(node for node in nodes(root) if node.tag == "reference")
    assert reference.get("place-date") == "Doloksanggul, 21 Mei 2025"
    assert [node.get("label") or node.tag for node in reference.nodes] == ["number", "Sifat", "Lampiran", "Hal"]
    said = words(document("termination_letter"))
    order = ["Yth. Saudari Sarma Contoh", "17 Maret 2025", "berturut-turut", "Pendamping Contoh", "terima kasih"]
    assert [said.index(part) for part in order] == sorted(said.index(part) for part in order)


def test_an_early_end_says_what_could_not_be_done() -> None:
    attempts = [{"date": f"2025-05-0{day}", "how": "kunjungan rumah"} for day in (1, 5, 9)]
    lost = put("termination", {"reason": "lost_contact", "attempts": attempts})
    xml = document("termination_record", lost, move={"title": "Kehilangan kontak", "because": "lost_contact"})
    assert [part for part in headings(xml) if part in HEADINGS["termination_record"].split("; ")] == HEADINGS[
        "termination_record"
    ].split("; ")
    assert "9 Mei 2025: Kunjungan rumah." in plain(xml)
    assert "Sarma Contoh" not in signers(xml)


@pytest.mark.parametrize("name", ["termination_record", "family_letter"])
def test_nobody_signs_for_a_client_who_died(name: str) -> None:
    died = put("termination", {"reason": "died", "died_on": "2025-05-20", "reviewed_on": "2025-05-19"})
    xml = document(name, died)
    assert "20 Mei 2025" in xml
    assert "Sarma Contoh" not in signers(xml)


@pytest.mark.parametrize("name", ["contract", "termination_record", "termination_letter", "referral", "addendum"])
def test_the_letter_number_is_left_to_the_register(name: str) -> None:
    assert [node.tag for node in nodes(markup.parse(document(name)))].count("number") == 1


def test_the_offices_own_words_on_data_protection_come_first() -> None:
    told = dict.fromkeys(OFFICE["data_protection"], "")
    assert "sesuai jadwal retensi arsip" in document("consent")
    assert "tahun" not in _part("consent", "Jangka Waktu Retensi")
    own = {key: f"ketentuan {key}" for key in told}
    xml = document("consent", office={"data_protection": own})
    assert all(value in xml.lower() for value in own.values())


def _part(name: str, title: str) -> str:
    return next(node.text for node in nodes(markup.parse(document(name))) if node.get("title") == title)


def test_a_case_without_a_finance_book_has_no_columns_of_nothing() -> None:
    xml = document("progress_note", put("finance", []))
    assert "Rp" not in xml
    assert "Hari dicatat" not in xml


def test_a_visit_report_says_the_same_when_the_contract_was_extended() -> None:
    longer = put("addendum", [{"weeks": 4, "agreed_on": "2025-05-12", "agreed_method": "written"}])
    assert document("visit_report", longer) == document("visit_report")


def test_percentages_and_periods_are_written_as_the_language_has_them() -> None:
    say = filters("id")
    assert say["percent"](26, 1) == "26,0 %"
    assert say["percent"](9.7) == "9,7 %"
    assert [say["change"](value) for value in (3.3, 0, -3.25)] == ["+3,3 %", "0,0 %", "-3,2 %"]
    assert say["shift"]("2025-02-27", 2) == "2025-03-01"
    en = filters("en")
    assert en["period"]("2025-03-17", "2025-03-23") == "17 to 23 March 2025"
    assert en["period"]("2025-03-31", "2025-04-06") == "31 March to 6 April 2025"
    assert en["period"]("2024-12-30", "2025-01-05") == "30 December 2024 to 5 January 2025"
    assert en["period"]("2025-03-17", "2025-03-17") == "17 March 2025"


def test_only_known_words_are_translated() -> None:
    label = filters("en")["label"]
    assert label("home_visit") == "home visit"
    assert label("ketua_RT {0}") == "ketua_RT {0}"
