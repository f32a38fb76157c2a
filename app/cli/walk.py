"""Walk a flow by hand: the terminal is the contact's chat."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from rich.console import Console
from rich.markup import escape

from app.cli.flow_trace import show_entries
from app.supervisor.checks import CannotStart
from flows import Contact, FlowError, StaticAssets, compile_flow
from flows.definition.flow import Flow
from flows.simulator import Conversation
from seeds.demo_webhook import assess


def walk(
    data: dict[str, Any],
    others: Iterable[dict[str, Any]],
    *,
    contact: Contact,
    console: Console,
    tracing: bool = False,
) -> None:
    """Talk with the flow of `data` until an empty line. `others` are flows that it may enter."""
    flow = _compiled(data)
    assets = StaticAssets(flows=(flow, *_readable(others)), lenient=True)
    talk = Conversation(
        flow, assets, contact, webhook=lambda effect: _answer(effect, console), tracing=tracing
    )
    console.print(f"[dim]{escape(flow.name)}: an empty line ends the walk.[/]")
    _show(talk.start(), talk, console)
    while text := _read(console):
        _show(talk.say(text), talk, console)


def definition_of(data: dict[str, Any]) -> dict[str, Any]:
    """The definition in `data`, be it bare or the first of an export."""
    exported = data.get("flows")
    if isinstance(exported, list) and exported and isinstance(exported[0], dict):
        return dict(exported[0].get("definition") or exported[0])
    return data


def _compiled(data: dict[str, Any]) -> Flow:
    try:
        return compile_flow(definition_of(data))
    except FlowError as error:
        raise CannotStart(f"This is not a flow that can run: {error}") from error


def _readable(others: Iterable[dict[str, Any]]) -> list[Flow]:
    """The flows among `others`; a file beside the flow may be anything."""
    found = []
    for data in others:
        try:
            found.append(_compiled(data))
        except CannotStart:
            continue
    return found


def _answer(effect: Any, console: Console) -> tuple[int, Any]:
    """What the webhook answers: the demo's own survey by itself, any other from the terminal."""
    console.print(f"[dim]calls {escape(effect.method)} {escape(effect.url)}[/]")
    if urlsplit(effect.url).path == "/survey":
        return 200, assess(json.loads(effect.body))
    typed = console.input("[dim]its answer as JSON, or nothing for a failure:[/] ")
    try:
        return 200, json.loads(typed)
    except ValueError:
        return 500, {}


def _show(said: Iterable[str], talk: Conversation, console: Console) -> None:
    for _, sprint in talk.sprints:
        show_entries([entry.to_json() for entry in sprint.trace], console)
    talk.sprints.clear()
    for text in said:
        console.print(f"[green]flow[/]  {escape(text)}")


def _read(console: Console) -> str:
    try:
        return console.input("[cyan]you[/]   ").strip()
    except EOFError:
        return ""
