"""Every conversation in `scripts/` goes as it is written."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from app.core.services import Services
from app.models import Organization
from app.xmpp.server.app import serve
from tests.xmpp.player import Player, read_script

pytestmark = pytest.mark.anyio

SCRIPTS = sorted((Path(__file__).parent / "scripts").glob("*.txt"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
async def test_a_conversation_goes_as_written(
    path: Path, services: Services, org: Organization
) -> None:
    async with serve(services) as running, AsyncExitStack() as stack:
        await Player(services, org.id, running.port, stack).play(read_script(path))
