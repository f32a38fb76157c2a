"""Every conversation in `scripts/` goes as it is written, on one node and on two.

All of them have the same nodes, and each a domain and an organization of its own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis.asyncio import Redis

from app.core.clock import FrozenClock
from app.core.services import Services
from app.models import Language, Organization
from app.xmpp.server.app import serve
from tests.conftest import NOW, RecordingJobs, open_services
from tests.servers import Servers, fresh_database
from tests.xmpp.player import Player, read_text
from tests.xmpp.quiet import Quiet

pytestmark = pytest.mark.anyio

SCRIPTS = sorted((Path(__file__).parent / "scripts").glob("*.txt"))


@dataclass(frozen=True)
class House:
    """Nodes, and an organization for each script."""

    services: Services
    ports: Sequence[int]
    quiet: Quiet
    orgs: dict[str, Organization]

    async def play(self, path: Path) -> None:
        """Every expectation of the script has held."""
        org = self.orgs[path.stem]
        domain = str(org.chat_domain)
        names = {
            "asha@localhost": f"{org.shortcode}@{domain}",
            "localhost": domain,
            "LocalHost": domain.upper(),
            "<FN>Asha</FN>": f"<FN>{org.name}</FN>",
        }
        script = path.read_text()
        for written, name in names.items():
            script = script.replace(written, name)
        async with AsyncExitStack() as stack:
            player = Player(
                self.services,
                org.id or 0,
                self.ports,
                stack,
                domain=domain,
                quiet=self.quiet,
            )
            await player.play(read_text(script))


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module", params=[1, 2], ids=["one_node", "two_nodes"])
async def house(
    request: pytest.FixtureRequest, servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(Redis.from_url(servers.valkey.url))
        await redis.flushall()
        url = stack.enter_context(fresh_database(servers))
        services = await stack.enter_async_context(
            open_services(
                url, redis, FrozenClock(NOW), RecordingJobs(), tmp_path_factory.mktemp("house")
            )
        )
        orgs = await found_organizations(services)
        nodes = [await stack.enter_async_context(serve(services)) for _ in range(request.param)]
        yield House(services, [node.port for node in nodes], Quiet(nodes), orgs)


async def found_organizations(services: Services) -> dict[str, Organization]:
    """An organization for each script, before the nodes look which there are."""
    async with services.db.session() as session, session.begin():
        english = Language(label="English", locale="en", label_locale="English", localized=True)
        session.add(english)
        await session.flush()
        orgs = {
            path.stem: Organization(
                name=f"Asha {number}",
                shortcode=f"asha{number}",
                chat_domain=f"s{number}.example",
                default_language_id=english.id,
                active_language_ids=[english.id],
            )
            for number, path in enumerate(SCRIPTS)
        }
        session.add_all(orgs.values())
    return orgs


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
async def test_a_conversation_goes_as_written(path: Path, house: House) -> None:
    await house.play(path)
