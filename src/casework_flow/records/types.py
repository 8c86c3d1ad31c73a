"""Which records there are. The models behind them are loaded when something is to be validated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from ..messages import Message, Sayable

Scope = Literal["case", "episode", "cycle"]


@dataclass(frozen=True, slots=True)
class RecordType:
    """A type of record.

    ``view`` is its name in guards and templates; ``many``: a case may have several; ``table``: it may come as
    CSV or XLSX, a row for each; ``scope``: for how long it counts, the whole case, one episode, or from the
    cycle in which it is recorded. ``model`` names the shipped model, ``form`` is the specification of a
    programme's own form, ``own`` the model of a host's ``extension``; one of the three is given. ``compared``: its
    first revision is kept at hand, to be shown beside the present one.
    """

    name: str
    title: Sayable
    many: bool = False
    view: str = ""
    scope: Scope = "episode"
    table: bool = False
    model: str = ""
    form: Mapping[str, Any] | None = None
    compared: bool = False
    own: type[Any] | None = None
    extension: str = ""


_TYPES: Final = (
    RecordType("client", Message("Client"), view="client", scope="case", model="Client"),
    RecordType("intake", Message("Intake"), view="intake", model="Intake"),
    RecordType("consent", Message("Consent"), many=True, view="consents", model="Consent"),
    RecordType("contract", Message("Service contract"), view="contract", model="Contract"),
    RecordType("addendum", Message("Addendum to the contract"), many=True, view="addenda", model="Addendum"),
    RecordType("genogram", Message("Genogram"), view="genogram", model="Genogram", compared=True),
    RecordType("ecomap", Message("Ecomap"), view="ecomap", model="Ecomap", compared=True),
    RecordType("assessment", Message("Assessment"), view="assessment", model="Assessment"),
    RecordType("plan", Message("Intervention plan"), view="plan", scope="cycle", model="Plan"),
    RecordType("session", Message("Session"), many=True, view="sessions", table=True, model="Session"),
    RecordType("supervision", Message("Supervision"), many=True, view="supervisions", model="Supervision"),
    RecordType("finance", Message("Finance book"), many=True, view="finance", table=True, model="Transaction"),
    RecordType("evaluation", Message("Evaluation"), view="evaluation", scope="cycle", model="Evaluation"),
    RecordType("termination", Message("Termination"), view="termination", scope="cycle", model="Termination"),
    RecordType("referral", Message("Referral"), view="referral", model="Referral"),
)
RECORD_TYPES: Final[Mapping[str, RecordType]] = {kind.name: kind for kind in _TYPES}
"""The record types of every programme, by name."""

OTHER_NAMES: Final = ("case", "settings", "approvals")
"""What guards and templates may name besides records."""
