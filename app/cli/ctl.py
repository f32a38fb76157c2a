"""`samvad ctl`: the administration commands of the running `admin` process."""

from __future__ import annotations

import json
from typing import Annotated, Any

import httpx
import typer
from rich import print_json

from app.supervisor.checks import CannotStart

TIMEOUT_S = 30.0


def add_to(app: typer.Typer) -> None:
    app.command("ctl")(ctl)


def ctl(
    command: Annotated[str, typer.Argument(help="The command, or `health`.")],
    arguments: Annotated[
        list[str] | None, typer.Argument(help="name=value; a value may be JSON.")
    ] = None,
) -> None:
    """Give a command to the chat server's administration and print its answer.

    For example: samvad ctl registered_users host=localhost
    """
    from app.settings import Settings

    base = f"http://127.0.0.1:{Settings().admin_port}"
    try:
        if command == "health":
            answer = httpx.get(f"{base}/health", timeout=TIMEOUT_S)
        else:
            answer = httpx.post(
                f"{base}/api/{command}", json=pairs(arguments or []), timeout=TIMEOUT_S
            )
    except httpx.ConnectError as error:
        raise CannotStart(f"No admin process answers at {base}: is `samvad up` running?") from error
    if answer.status_code == 404:
        raise CannotStart(f"There is no command {command}.")
    print_json(answer.text or "null")
    raise typer.Exit(0 if answer.is_success else 1)


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
