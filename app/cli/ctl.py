"""`samvad ctl`: the administration commands of the running `admin` process."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any

import typer
from rich import print_json

from app.supervisor.checks import CannotStart

TIMEOUT_S = 30.0


def add_to(app: typer.Typer) -> None:
    app.command("ctl")(ctl)


def ctl(
    command: Annotated[str, typer.Argument(help="`health`, or a command of the administration.")],
    arguments: Annotated[
        list[str] | None, typer.Argument(help="name=value; a value may be JSON.")
    ] = None,
) -> None:
    """Give a command to the chat server's administration and print its answer.

    For example: samvad ctl health
    """
    status, body = asyncio.run(_call(command, pairs(arguments or [])))
    if status == 404:
        raise CannotStart(
            f"The administration has no command {command}; `samvad ctl health` is always there."
        )
    print_json(body or "null")
    raise typer.Exit(0 if 200 <= status < 300 else 1)


async def _call(command: str, arguments: dict[str, Any]) -> tuple[int, str]:
    """The status and the text with which the admin process answers."""
    from app.core.http import OutgoingError, OutgoingHttp
    from app.settings import Settings

    base = f"http://127.0.0.1:{Settings().admin_port}"
    method, path = ("GET", "/health") if command == "health" else ("POST", f"/api/{command}")
    http = OutgoingHttp(["127.0.0.1"])
    try:
        answer = await http.request(
            method,
            base + path,
            headers={"content-type": "application/json"},
            body=json.dumps(arguments).encode() if method == "POST" else None,
            timeout_s=TIMEOUT_S,
        )
    except OutgoingError as error:
        raise CannotStart(f"No admin process answers at {base}: is `samvad up` running?") from error
    finally:
        await http.close()
    return answer.status, answer.text


def pairs(words: list[str]) -> dict[str, Any]:
    """`name=value` words as an object. A value that is JSON is taken as that, else as text.

    >>> pairs(["host=localhost", "age=3"])
    {'host': 'localhost', 'age': 3}
    """
    found: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise typer.BadParameter(f"{word}: an argument is written name=value")
        try:
            found[name] = json.loads(value)
        except ValueError:
            found[name] = value
    return found
