"""The commands put together, and the one place where their failures become a sentence."""

from __future__ import annotations

import sys

import typer
from rich.console import Console

from app.cli import (
    chat_data,
    chat_domains,
    chat_user_data,
    chat_users,
    ctl,
    data,
    docs,
    flow_editor,
    flows,
    processes,
    up,
    users,
)
from app.cli.libraries import trouble
from app.supervisor.surroundings import adopt_surroundings

app = typer.Typer(
    name="samvad",
    help="Samvad: a chat server, a flow engine and an inbox for NGOs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
for module in (up, processes, data, ctl):
    module.add_to(app)
app.add_typer(users.app, name="user")
chat_user_data.add_to(chat_users.app)
app.add_typer(chat_users.app, name="chat-user")
app.add_typer(chat_data.app, name="chat-data")
app.add_typer(chat_domains.app, name="chat-domain")
app.add_typer(flows.app, name="flow")
app.add_typer(docs.app, name="docs")
app.add_typer(flow_editor.app, name="flow-editor")


def main() -> None:
    """Run one command. What is expected to go wrong is one sentence and exit code 1."""
    # `up` makes its surroundings; those of a supervisor that was killed must not mislead it.
    if sys.argv[1:2] != ["up"]:
        adopt_surroundings()
    try:
        app()
    except Exception as error:  # the edge of the process
        sentence = _sentence(error)
        if sentence is None:
            raise
        Console(stderr=True).print(
            f"[bold red]samvad:[/] {sentence}", highlight=False, soft_wrap=True
        )
        sys.exit(1)


def _sentence(error: Exception) -> str | None:
    """What the operator reads for `error`; None for a fault of ours, which shows its trace."""
    if key := getattr(error, "key", None):
        return str(error) if str(error)[:1].isupper() else f"{key} {error}"
    names = {kind.__name__ for kind in type(error).__mro__}
    if names & {"CannotStart", "EmbeddedError", "AppError", "Refused", "FlowError"}:
        return str(error)
    if isinstance(error, ImportError):
        return trouble(error)
    if "OperationalError" in names:
        return "The database cannot be reached: is `samvad up` running, or DATABASE_URL right?"
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}."
    if isinstance(error, ValueError) and "is not set" in str(error):
        return str(error)
    return None
