"""Tables, demo data and the schema."""

from __future__ import annotations

import asyncio

import typer
from rich import print as say

from app.supervisor.checks import CannotStart


def add_to(app: typer.Typer) -> None:
    for name, command in (("migrate", migrate), ("seed", seed), ("schema", schema)):
        app.command(name)(command)


def migrate() -> None:
    """Bring the tables of DATABASE_URL to the newest revision."""
    from app.migrate import migrate as upgrade
    from app.settings import Settings

    url = Settings().database_url
    if not url:
        raise CannotStart("DATABASE_URL is not set; `samvad up` sets it, or see .env.example.")
    upgrade(url)
    say("[green]The tables are up to date.[/]")


def seed() -> None:
    """Make the demo organization. Running it again changes nothing."""
    asyncio.run(_seed())
    say("[green]The demo organization is there.[/]")


async def _seed() -> None:
    from app.settings import Settings
    from app.wiring import open_services
    from seeds.demo import seed_demo

    settings = Settings()
    async with open_services(settings) as services:
        await seed_demo(services, webhook_port=settings.demo_webhook_port)


def schema() -> None:
    """Print the GraphQL schema in SDL."""
    from app.graphql.schema import schema as graphql_schema

    print(graphql_schema().as_str())
