"""Brings the catalogues beside the templates up to date with what the templates say: ``make messages``.

New phrases come in without a translation. One that no template says any more is kept as obsolete: documents that were
issued from an earlier template say it still.
"""

from __future__ import annotations

import sys
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "src"))

from casework_flow.documents import translation  # noqa: E402  # the checkout's own, installed or not
from casework_flow.documents.render import SUFFIX  # noqa: E402

TEMPLATES = ROOT / "templates"


def update(path: Path) -> None:
    """Make the catalogue at ``path`` one of exactly the phrases that the templates beside it say."""
    with path.open("rb") as file:
        old = read_po(file)
    own = {(message.context or "", message.id): message for message in (*old.obsolete.values(), *old) if message.id}
    found: dict[tuple[str, str], list[str]] = {}
    for template in sorted(path.parent.glob(f"*{SUFFIX}")):
        for phrase in translation.phrases(template.name, template.read_text(encoding="utf-8")):
            keys = [(context, phrase.text) for context in translation.contexts(template.name, phrase)]
            places = found.setdefault(next((key for key in keys if key in own), keys[-1]), [])
            if template.name not in places:
                places.append(template.name)
    new = Catalog()
    for key, places in found.items():
        known = own.pop(key, None)
        new.add(
            key[1],
            known.string if known else "",
            locations=[(place, None) for place in places],
            flags=known.flags if known else (),
            user_comments=known.user_comments if known else (),
            context=key[0] or None,
        )
    for (context, text), message in own.items():
        if message.string:
            new.obsolete[text, context] = Message(text, message.string, context=context or None)
    with path.open("wb") as file:
        file.write(_HEADER.format(lang=path.stem, written=translation.written_in([path.parent])).encode())
        write_po(file, new, width=110, omit_header=True)


_HEADER = """\
# What the templates say, in another language. `make messages` brings this file up to date; the msgstr are written by
# hand. A msgctxt is the template, and literal, attribute or text, where one phrase has several translations.
msgid ""
msgstr ""
"Project-Id-Version: casework-flow\\n"
"Language: {lang}\\n"
"X-Source-Language: {written}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""  # no dates: version control has them, and they would differ at each run


if __name__ == "__main__":
    for catalogue in TEMPLATES.glob(f"*{translation.SUFFIX}"):
        update(catalogue)
