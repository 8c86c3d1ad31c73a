"""The verb that serves the HTTP API."""

from __future__ import annotations

from copy import deepcopy

import click

from ..messages import Message
from .app import App, Result, Usage
from .failures import Unusable
from .grammar import Option, verb


@verb(
    Option("--host", metavar="ADDRESS", default="127.0.0.1", says=Message("where to listen; without it, 127.0.0.1")),
    Option(
        "--port", type=click.IntRange(0, 65535), metavar="N", default=8000, says=Message("the port; without it, 8000")
    ),
    Option(
        "--rate",
        type=click.IntRange(min=1),
        metavar="N",
        default=600,
        says=Message("requests a minute for each key; without it, 600"),
    ),
    more=Message(
        "Whoever comes in needs a key: casework key add. Connections are not encrypted here: put a proxy with TLS "
        "before it, and listen on 127.0.0.1 behind that. Ctrl-C stops it."
    ),
    example="casework serve --port 8000",
)
def serve(app: App, host: str, port: int, rate: int) -> Result:
    """The HTTP API."""
    try:
        import uvicorn  # a web server, for this verb only

        from ..api import create_app
    except ModuleNotFoundError as missing:
        raise Usage(
            Message(
                "The HTTP API needs the Python package {name}: install casework-flow[api].",
                name=missing.name or "fastapi",
            )
        ) from None
    if app.address[0] in ("sqlite://", "sqlite:///:memory:"):
        raise Unusable(Message("A database in memory cannot be served: it would be gone with the server."))
    made = create_app(app.casework, rate=rate)
    click.echo(app.say(Message("The HTTP API is at http://{host}:{port}/v1 …", host=host, port=port)), err=True)
    said = deepcopy(uvicorn.config.LOGGING_CONFIG)
    said["handlers"]["access"]["stream"] = "ext://sys.stderr"  # what is served is no data of this verb's
    uvicorn.run(made, host=host, port=port, log_config=said, server_header=False, proxy_headers=False)
    return Result({"host": host, "port": port}, lambda _: None)
