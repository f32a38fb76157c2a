"""`samvad flow trace`: what a session did and why, on the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from app.supervisor.checks import CannotStart
from flows.trace_text import depth_of, told

#: How entries are coloured, by kind.
_STYLES: Mapping[str, str] = {
    "turn": "bold cyan",
    "node_entered": "bold",
    "msg_created": "green",
    "case": "magenta",
    "route": "yellow",
    "expression": "blue",
    "error": "red",
    "failure": "bold red",
    "end": "bold cyan",
}


async def show_session(ref: str, org: str | None, console: Console) -> None:
    """Print every sprint of the session, or of the newest one of a phone number."""
    from app.cli.work import unit_of_work_of
    from app.core.errors import NotFound
    from app.core.page import Page
    from app.domain.flow_sessions.reasons import reason_text
    from app.domain.flow_sessions.service import find_session
    from app.domain.flow_sessions.traces import list_traces

    async with unit_of_work_of(org) as ctx:
        try:
            session = await find_session(ctx, ref)
        except NotFound as error:
            raise CannotStart(
                f"There is no session {ref}, and no session of a contact with that phone number."
            ) from error
        rows = await list_traces(ctx, session.id or 0, Page(limit=100))
        why = reason_text(session.status, session.end_reason) or session.status
        console.print(f"Session {session.id} ({session.uuid}), {why}", style="bold")
        if not rows:
            console.print("There is no trace of it: it is too old, or traces are switched off.")
        for row in rows:
            console.print(
                f"{row.number}. {row.inserted_at:%d %b %H:%M:%S}  {row.cause}", style="dim"
            )
            show_entries(row.entries, console)


def show_entries(entries: Sequence[Mapping[str, Any]], console: Console) -> None:
    """Print the entries of one sprint, those of a node under it."""
    for entry in entries:
        line = Text("  " * (depth_of(entry) + 1) + told(entry))
        line.stylize(_STYLES.get(str(entry.get("kind")), ""))
        console.print(line, soft_wrap=True)
