"""Brings the catalogues beside the shipped templates up to date with what the templates say: ``make messages``."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "src"))

from casework_flow.documents import translation  # noqa: E402  # the checkout's own, installed or not
from casework_flow.documents.render import SUFFIX  # noqa: E402

TEMPLATES = ROOT / "templates"


if __name__ == "__main__":
    for path in TEMPLATES.glob(f"*{translation.SUFFIX}"):
        path.write_bytes(translation.updated(path, list(TEMPLATES.glob(f"*{SUFFIX}"))))
