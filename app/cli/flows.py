"""`samvad flow`: bring a flow in or out, or walk it here."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich import print as say
from rich.console import Console
from rich.markup import escape

from app.supervisor.checks import CannotStart
from flows import Contact

if TYPE_CHECKING:
    from app.domain.flow_definitions.data import ImportReport, Published

app = typer.Typer(no_args_is_help=True, help="Flows: import or export one, walk it, test it.")

File = Annotated[Path, typer.Argument(help="A flow as the flow editor exports it, JSON.")]


@app.callback()
def flows() -> None:
    """Flows: import or export one, walk it, test it."""


@app.command("import")
def import_file(
    file: File,
    org: Annotated[str | None, typer.Option(help="The organization's shortcode.")] = None,
    publish: Annotated[
        bool, typer.Option("--publish", help="Publish the flows too, all of them or none.")
    ] = False,
) -> None:
    """Bring the flows of FILE into an organization, as drafts unless --publish is given."""
    report, published = asyncio.run(_import(read(file), org, publish=publish))
    say(f"[green]{escape(file.name)} is imported.[/]")
    for word, things in (("made", report.made), ("there already", report.reused)):
        for thing in things:
            say(f"  {word}: {thing.kind} {escape(thing.name)}")
    for note in report.notes:
        say(f"  [yellow]{escape(note)}.[/]")
    for found in (found for one in published for found in one.findings):
        colour = "red" if found.category == "Critical" else "yellow"
        say(f"  [{colour}]{found.category}[/]: {escape(f'{found.key}: {found.message}')}.")
    if not all(one.is_published for one in published):
        say("[red]Nothing is published[/]: the flows are drafts.")
        raise typer.Exit(1)
    if published:
        say("[green]The flows are published.[/]")


@app.command("export")
def export_file(
    flow: Annotated[str, typer.Argument(help="A flow of the organization, by name.")],
    output: Annotated[Path | None, typer.Option(help="Write here, else to the terminal.")] = None,
    org: Annotated[str | None, typer.Option(help="The organization's shortcode.")] = None,
) -> None:
    """Write a flow, what it calls and what these need as a file for `samvad flow import`."""
    text = json.dumps(asyncio.run(_export(flow, org)), ensure_ascii=False, indent=2) + "\n"
    if output is None:
        typer.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CannotStart(f"{output} cannot be written: {error.strerror}.") from error


@app.command("run")
def run(
    file: File,
    name: Annotated[str, typer.Option(help="The name of the contact you play.")] = "Asha Devi",
    language: Annotated[str, typer.Option(help="The contact's language: en, hi.")] = "en",
    trace: Annotated[
        bool, typer.Option("--trace", help="Show what the flow does and why.")
    ] = False,
    record: Annotated[
        Path | None, typer.Option(help="Add the conversation to this file, as a test of the flow.")
    ] = None,
    given: Annotated[
        list[str] | None,
        typer.Option(
            "--global", help="A variable of the organization, name=value. May be repeated."
        ),
    ] = None,
) -> None:
    """Walk a flow in the terminal: you are the contact. An empty line or Ctrl-D ends it.

    Variables of the organization that --global does not name are those of the tests beside FILE.
    """
    from app.cli.flow_test import variables
    from app.cli.walk import Options, walk

    data, played = read(file), contact(name, language)
    known = {**variables(file), **dict(variable(text) for text in given or ())}
    options = Options(Console(), is_traced=trace, record=record, variables=known)
    walk(data, siblings(file), contact=played, options=options)


@app.command("trace")
def trace(
    session: Annotated[str, typer.Argument(help="A session's number or uuid, or a phone number.")],
    org: Annotated[str | None, typer.Option(help="The organization's shortcode.")] = None,
) -> None:
    """Show what a session did and why: the one named, or the newest one of a phone number."""
    from app.cli.flow_trace import show_session

    asyncio.run(show_session(session, org, Console()))


@app.command("test")
def play_tests(
    file: Annotated[
        Path | None, typer.Argument(help="A flow as JSON, with its tests beside it or in it.")
    ] = None,
    script: Annotated[Path | None, typer.Argument(help="Conversations as text.")] = None,
    flow: Annotated[str | None, typer.Option(help="A flow of the organization, by name.")] = None,
    org: Annotated[str | None, typer.Option(help="The organization's shortcode.")] = None,
) -> None:
    """Play the tests of a flow: of a file, or of a flow in the database."""
    from app.cli.flow_test import show_reports, test_file, test_stored

    if (file is None) == (flow is None):
        raise CannotStart("Name a file, or a flow with --flow, and not both.")
    reports = test_file(file, script) if file else asyncio.run(test_stored(flow or "", org))
    if not show_reports(reports, Console()):
        raise typer.Exit(1)


def contact(name: str, language: str) -> Contact:
    """The contact that is played."""
    uuid = "00000000-0000-4000-8000-000000000001"
    return Contact(uuid, name=name, id="1", phone="917100000001", language=language)


def read(file: Path) -> dict[str, Any]:
    """The JSON object in `file`."""
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise CannotStart(f"{file} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise CannotStart(f"{file} is not JSON: {error}.") from error
    if not isinstance(data, dict):
        raise CannotStart(f"{file} is not a flow: it holds no JSON object.")
    return data


def variable(text: str) -> tuple[str, str]:
    """Name and value of a variable as it is written on the command line."""
    name, sign, value = text.partition("=")
    if not sign or not name.strip():
        raise CannotStart(f"--global {text}: write it as name=value.")
    return name.strip(), value


def siblings(file: Path) -> list[dict[str, Any]]:
    """The other flows beside `file`, which it may enter. A file there may be anything."""
    found = []
    for path in sorted(path for path in file.parent.glob("*.json") if path != file)[:100]:
        try:
            found.append(read(path))
        except CannotStart:
            continue
    return found


async def _export(name: str, org: str | None) -> dict[str, Any]:
    from app.cli.work import flow_called, unit_of_work_of
    from app.domain.flow_definitions.export import export_flow

    async with unit_of_work_of(org) as ctx:
        return await export_flow(ctx, (await flow_called(ctx, name)).id or 0)


async def _import(
    data: dict[str, Any], org: str | None, *, publish: bool
) -> tuple[ImportReport, list[Published]]:
    from app.cli.work import unit_of_work_of
    from app.domain.flow_definitions.revisions import publish_flows
    from app.domain.flow_definitions.transfer import import_flows

    async with unit_of_work_of(org) as ctx:
        report = await import_flows(ctx, data)
        uuids = [one.uuid for one in report.flows] if publish else []
        return report, await publish_flows(ctx, uuids)
