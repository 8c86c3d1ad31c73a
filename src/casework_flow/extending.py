"""Which extensions a front door has; what they are is read where there is one."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from .additions import NOTHING, Additions
from .cases import Loaded
from .messages import Message

if TYPE_CHECKING:  # pydantic's models: most offices have no extension
    from importlib.metadata import EntryPoint

    from .extensions import Extension

GROUP: Final = "casework_flow.extensions"
"""The group of entry points by which an installed package offers its extension."""
SWITCH: Final = "CASEWORK_EXTENSIONS"


def wanted(installed: bool) -> bool:
    """Whether those of installed packages are used; ``CASEWORK_EXTENSIONS=off`` forbids it, whoever asks."""
    return installed and os.environ.get(SWITCH, "").lower() != "off"


def added(extensions: Sequence[Extension] = (), *, installed: bool = True) -> Additions:
    """Everything that these extensions add, and, where it is wished, those of installed packages.

    Raises:
        ExtensionFault: one of them cannot be used.
    """
    offered: list[EntryPoint] = []
    if wanted(installed) and _any_offered():
        from importlib.metadata import entry_points  # it takes longer to load than many a verb (ADR 8)

        offered = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    if not extensions and not offered:
        return NOTHING
    from . import extensions as reading  # see above

    return reading.combined([*(reading.loaded(point) for point in offered), *extensions])


def _any_offered() -> bool:
    """Whether a package on the path names the group; what is no folder may well, and is looked into properly."""
    for place in dict.fromkeys(sys.path):
        try:
            with os.scandir(place or ".") as entries:
                names = [entry.name for entry in entries if entry.name.endswith((".dist-info", ".egg-info"))]
        except FileNotFoundError:
            continue
        except NotADirectoryError:
            return True
        for name in names:
            try:
                with open(os.path.join(place or ".", name, "entry_points.txt"), "rb") as file:  # noqa: PTH118, PTH123
                    if GROUP.encode() in file.read():
                        return True
            except OSError:  # most packages have none
                continue
    return False


def unknown(loaded: Loaded) -> Iterator[Message]:
    """What nobody supplies any more of that the case was worked on with: records, and names of its guards."""
    missing = sorted({row["type"] for row in loaded.rows} - loaded.kinds.keys())
    if missing:
        yield Message(
            "This case has records of an extension that is not here: {records}. They are kept, and seen again when "
            "it is installed.",
            records=missing,
        )
    names = {
        node.id
        for _, guard in loaded.workflow.guards()
        for node in ast.walk(guard.check.tree)
        if isinstance(node, ast.Name)
    }
    lost = sorted(names - loaded.views.keys())
    if lost:
        yield Message(
            "The rules of this case ask for {names}, which comes from an extension that is not here: what asks for "
            "it counts as not met. Install the extension again.",
            names=lost,
        )
