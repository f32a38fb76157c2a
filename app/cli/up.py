"""`samvad up`: everything on one machine."""

from __future__ import annotations

from typing import Annotated

import typer

from app.supervisor.parts import Ports
from app.supervisor.surroundings import home_directory

DEFAULTS = Ports()


def add_to(app: typer.Typer) -> None:
    app.command("up")(up)


def up(
    demo: Annotated[
        bool,
        typer.Option("--demo/--no-demo", help="Seed the demo organization on the first start."),
    ] = True,
    port: Annotated[
        int, typer.Option(envvar="WEB_PORT", min=0, max=65535, help="GraphQL, REST and pages.")
    ] = DEFAULTS.web,
    gateway_port: Annotated[
        int, typer.Option(envvar="GATEWAY_PORT", min=0, max=65535, help="XMPP over WebSocket.")
    ] = DEFAULTS.gateway,
    admin_port: Annotated[
        int,
        typer.Option(envvar="ADMIN_PORT", min=0, max=65535, help="Administration, on loopback."),
    ] = DEFAULTS.admin,
    webhook_port: Annotated[
        int,
        typer.Option(
            envvar="DEMO_WEBHOOK_PORT", min=0, max=65535, help="The demo's webhook, on loopback."
        ),
    ] = DEFAULTS.demo_webhook,
    tcp_port: Annotated[
        int,
        typer.Option(
            envvar="TCP_PORT", min=0, max=65535, help="XMPP over TCP with STARTTLS; 0 is off."
        ),
    ] = DEFAULTS.tcp,
    tls_port: Annotated[
        int,
        typer.Option(
            envvar="TLS_PORT", min=0, max=65535, help="XMPP over TCP with direct TLS; 0 is off."
        ),
    ] = DEFAULTS.tls,
    host: Annotated[
        str, typer.Option(envvar="WEB_HOST", help="The address that web and gateway listen on.")
    ] = "127.0.0.1",
    database_url: Annotated[
        str | None,
        typer.Option(
            envvar="DATABASE_URL", help="A PostgreSQL server instead of the embedded one."
        ),
    ] = None,
    redis_url: Annotated[
        str | None,
        typer.Option(envvar="REDIS_URL", help="A Valkey server instead of the embedded one."),
    ] = None,
) -> None:
    """Run everything on this machine until Ctrl-C.

    The data lives in `.samvad`, or in SAMVAD_HOME. The first start makes the databases, a random
    signing key and, unless --no-demo, the demo organization.
    """
    from app.supervisor.up import Plan
    from app.supervisor.up import up as run

    raise typer.Exit(
        run(
            Plan(
                home=home_directory(),
                ports=Ports(port, gateway_port, admin_port, webhook_port, tcp_port, tls_port),
                host=host,
                demo=demo,
                database_url=database_url or None,
                redis_url=redis_url or None,
            )
        )
    )
