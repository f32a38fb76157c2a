"""Walk a flow by hand: the terminal is the contact's chat."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rich.console import Console
from rich.markup import escape

from app.cli.flow_trace import show_entries
from app.supervisor.checks import CannotStart
from flows import CallWebhook, Contact, FlowError, StimulusRejected, compile_flow, inspect
from flows.conversations import assets_of, record
from flows.conversations.player import asked
from flows.definition.flow import Flow
from flows.simulator import Conversation
from seeds.demo_webhook import assess

#: What is typed to let the time of a wait come.
WAIT_OUT = "/wait"


@dataclass(frozen=True, slots=True)
class Options:
    """How a walk is shown and where it is written down."""

    console: Console
    is_traced: bool = False
    record: Path | None = None
    #: The organization's variables, @globals.
    variables: Mapping[str, str] = field(default_factory=dict)


def walk(
    data: dict[str, Any],
    others: Iterable[dict[str, Any]],
    *,
    contact: Contact,
    options: Options,
) -> None:
    """Talk with the flow of `data` until an empty line. `others` are flows that it may enter."""
    flow = compiled(data)
    known = assets_of((flow, *readable(others)))
    assets = replace(known, global_values=options.variables)
    console = options.console
    if options.record is not None:
        _add(options.record, "")  # what cannot be written is said before anybody has talked
    is_kept = options.is_traced or options.record is not None
    talk = Conversation(
        flow, assets, contact, webhook=lambda effect: _answer(effect, console), tracing=is_kept
    )
    console.print(
        f"[dim]{escape(flow.name)}: an empty line ends the walk, {WAIT_OUT} lets time pass.[/]"
    )
    for name in _unknown(flow, options.variables):
        console.print(
            f"[yellow]@globals.{escape(name)} has no value: give it one with --global "
            f"{escape(name)}=...[/]",
            soft_wrap=True,
        )
    shown = 0
    said = talk.start()
    while True:
        if options.is_traced:
            for _, sprint in talk.sprints[shown:]:
                show_entries([entry.to_json() for entry in sprint.trace], console)
            shown = len(talk.sprints)
        _show(said, console)
        if talk.is_over:
            console.print("[dim]The flow has ended; what you write starts it again.[/]")
        text = _read(console)
        if not text:
            break
        try:
            said = _say(talk, text)
        except StimulusRejected as refusal:
            said = []
            console.print(f"[dim]{refusal}[/]")
    if options.record is not None:
        sprints = [[entry.to_json() for entry in sprint.trace] for _, sprint in talk.sprints]
        _add(options.record, record(f"A walk of {flow.name}", sprints))


def _add(file: Path, text: str) -> None:
    """Write at the end of a file, which may hold conversations already."""
    try:
        with file.open("a", encoding="utf-8") as out:
            out.write("\n" + text if text and out.tell() else text)
    except OSError as error:
        raise CannotStart(f"{file} cannot be written: {error.strerror}.") from error


def _unknown(flow: Flow, variables: Mapping[str, str]) -> list[str]:
    """The organization's variables that the flow reads and that nobody has given."""
    names = [item.ref for item in inspect(flow).dependencies if item.kind == "global"]
    return [name for name in dict.fromkeys(names) if name not in variables]


def definition_of(data: dict[str, Any]) -> dict[str, Any]:
    """The definition in `data`, be it bare or the first of an export."""
    exported = data.get("flows")
    if isinstance(exported, list) and exported and isinstance(exported[0], dict):
        return dict(exported[0].get("definition") or exported[0])
    return data


def compiled(data: dict[str, Any]) -> Flow:
    try:
        return compile_flow(definition_of(data))
    except FlowError as error:
        raise CannotStart(f"This is not a flow that can run: {error}") from error


def readable(others: Iterable[dict[str, Any]]) -> list[Flow]:
    """The flows among `others`; a file beside the flow may be anything."""
    found = []
    for data in others:
        try:
            found.append(compiled(data))
        except CannotStart:
            continue
    return found


def _answer(effect: Any, console: Console) -> tuple[int, Any]:
    """What the webhook answers: the demo's own survey by itself, any other from the terminal."""
    console.print(f"[dim]calls {escape(' '.join(asked(effect)))}[/]")
    if isinstance(effect, CallWebhook) and urlsplit(effect.url).path == "/survey":
        return 200, assess(json.loads(effect.body))
    typed = console.input("[dim]its answer as JSON, or nothing for a failure:[/] ")
    try:
        return 200, json.loads(typed)
    except ValueError:
        return 500, {}


def _say(talk: Conversation, text: str) -> list[str]:
    """Say the text, or let the wait's time come; a flow that waits for time hears nothing."""
    if text == WAIT_OUT or (talk.state and talk.state.wait and talk.state.wait.kind == "time"):
        return talk.wait_out()
    return talk.say(text)


def _show(said: Iterable[str], console: Console) -> None:
    for text in said:
        console.print(f"[green]flow[/]  {escape(text)}", soft_wrap=True)


def _read(console: Console) -> str:
    try:
        return console.input("[cyan]you[/]   ").strip()
    except EOFError:
        return ""
