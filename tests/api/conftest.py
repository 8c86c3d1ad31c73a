from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from case_s import At
from served import Api, Serve, serving

from casework_flow.api import create_app


@pytest.fixture
def serve(at: At) -> Iterator[Serve]:
    """Serve the office in which case S has just entered a stage."""
    with ExitStack() as stack:

        def served(stage: str = "planning", **limits: Any) -> Api:
            cw = at(stage)
            api = Api(cw, stack.enter_context(serving(create_app(cw, **limits))))
            stack.callback(api.close)
            return api

        yield served
