"""Who is named in a document: in full, by initials, or under a pseudonym.

The data are changed before the template sees them, so every format, every heading and every free text in which
somebody typed a name says the same.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Literal, get_args

from .language import mask_nik

Identity = Literal["full", "initials", "pseudonym"]
IDENTITIES: Final[tuple[Identity, ...]] = get_args(Identity)

_PERSON_FIELDS: Final = ("name", "given_by", "witness")
_NOT_PERSONS: Final = ("systems", "by")  # the institutions of an ecomap; the staff who made a move
_HIDDEN_FIELDS: Final = ("phone", "contact", "detail")
_MASKED_FIELDS: Final = ("nik", "kk_number", "pkh_number")


def redacted(data: Any, client: Mapping[str, Any], identity: Identity, seed: str, keep: frozenset[str]) -> Any:
    """``data`` with the persons in it named as ``identity`` says.

    Args:
        data: records as plain data; it is not changed.
        client: the client's record.
        identity: ``full`` leaves everything as it is.
        seed: what the pseudonym is drawn from, the same for all documents of a case.
        keep: names that are never hidden: the office's own staff.
    """
    if identity == "full":
        return data
    short = str(client.get("initials") or _initials(str(client.get("name", ""))))
    alias = short if identity == "initials" else f"K-{hashlib.sha256(seed.encode()).hexdigest()[:6].upper()}"
    names = {str(client.get("name", "")): alias}
    for name in _names(data):
        if name not in keep:
            names.setdefault(name, _initials(name) if identity == "initials" else f"{alias}-{len(names)}")
    return _replaced(data, _replacer({name: other for name, other in names.items() if name}), alias)


def _initials(name: str) -> str:
    return "".join(f"{word[0].upper()}." for word in name.split() if word) or "-"


def _names(data: Any, field: str = "") -> Iterator[str]:
    if isinstance(data, Mapping):
        for key, value in data.items():
            if key not in _NOT_PERSONS:
                yield from _names(value, key)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from _names(value, field)
    elif isinstance(data, str) and field in _PERSON_FIELDS:
        yield data


def _replacer(names: Mapping[str, str]) -> Callable[[str], str]:
    if not names:
        return lambda text: text
    known = {name.casefold(): other for name, other in names.items()}
    pattern = re.compile(
        r"\b(?:" + "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True)) + r")\b", re.IGNORECASE
    )
    return lambda text: pattern.sub(lambda found: known.get(found[0].casefold(), found[0]), text)


def _replaced(data: Any, replace: Callable[[str], str], alias: str, field: str = "") -> Any:
    if isinstance(data, Mapping):
        return {
            key: _replaced(value, replace, alias, key) for key, value in data.items() if key not in _HIDDEN_FIELDS
        }
    if isinstance(data, list | tuple):
        return [_replaced(value, replace, alias, field) for value in data]
    if not isinstance(data, str):
        return data
    if field in _MASKED_FIELDS:
        return mask_nik(data)
    return replace(data)
