"""People whom several files of this folder know."""

from __future__ import annotations

from typing import Final

import pytest

from app.models.chat import ChatAccount
from tests.conftest import Work

ASHA: Final = "asha@localhost"
RAVI: Final = "ravi@localhost"
MEERA: Final = "meera@localhost"


@pytest.fixture
async def people(work: Work) -> dict[str, int]:
    """Three accounts, by address."""
    async with work() as ctx:
        rows = [
            ChatAccount(
                organization_id=ctx.org_id, username=who.partition("@")[0], domain="localhost"
            )
            for who in (ASHA, RAVI, MEERA)
        ]
        ctx.session.add_all(rows)
        await ctx.session.flush()
        return {f"{row.username}@{row.domain}": row.id for row in rows}
