"""An office's profile and sample documents for the tests of the writers. All persons are fictional."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

PROFILE: dict[str, Any] = {
    "agency": "Dinas Sosial Kabupaten Contoh",
    "government": "Pemerintah Kabupaten Contoh",
    "address": "Jalan Merdeka Nomor 1",
    "contact": "Telepon (0633) 000000",
    "words": {
        "page": "Halaman {page} dari {pages}",
        "number": "Nomor",
        "thumbprint": "cap jempol",
        "draft": "DRAF",
    },
}
SAMPLES = {
    path.stem: path.read_text(encoding="utf-8")
    for path in sorted((Path(__file__).parent / "markup_samples").glob("*.xml"))
}


def document(body: str, **attrs: str) -> str:
    """A document around ``body``."""
    more = "".join(f" {name}={quoteattr(value)}" for name, value in attrs.items())
    return f'<document title="Judul"{more}>{body}</document>'


def everywhere(text: str) -> str:
    """A document that has ``text`` wherever a person's words may stand."""
    said, quoted = escape(text), quoteattr(text)
    return document(
        f"<letterhead/><title>Judul {said}</title><recipient>Yth. {said}</recipient>"
        f"<section title='Bagian'><p>{said}</p><p><lines>{said}</lines></p>"
        f"<ul><li>{said}</li></ul><ol><li>satu <b>{said}</b></li></ol>"
        f"<dl><dt>{said}</dt><dd>{said}</dd></dl>"
        f"<table><tr><th>Kepala</th><th>{said}</th></tr><tr><td>{said}</td><td align='right'>{said}</td></tr></table>"
        f"<note title='Catatan'>{said}</note><checklist><check on='yes'>{said}</check></checklist>"
        f"<signatures place-date='Contoh, 1 Mei 2025'><party role='Klien,' name={quoted} note={quoted}/>"
        f"<party role='Saksi,' title={quoted}/></signatures></section>"
    )
