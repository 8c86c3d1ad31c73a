"""Where the shipped workflows, templates and examples are: inside the wheel, or at the top of a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def shipped(folder: str) -> Path:
    """The shipped ``folder`` (``workflows``, ``templates`` or ``examples``) on disk.

    A wheel carries the folder inside the package; an editable install leaves it at the top of the checkout,
    where ``importlib.resources`` does not look.
    """
    inside = _PACKAGE / folder
    return inside if inside.is_dir() else _PACKAGE.parents[1] / folder
