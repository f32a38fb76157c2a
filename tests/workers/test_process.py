"""A real worker and a real beat: what is sent to the broker is done by another process."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from app.core.clock import SystemClock
from app.core.jobs import QUEUES
from app.core.queue import CeleryJobs, make_celery
from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.contacts.service import resolve_contact
from app.domain.flow_definitions.revisions import publish_flow
from app.domain.flow_definitions.service import create_flow
from app.domain.messages.service import InboundMessage, receive_message
from app.models import ContactInbox, FlowSession, Message, Organization
from tests.runner.drawing import ask, flow, node, say
from tests.servers import Servers

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).resolve().parents[2]
#: Seconds that a process may take to come up and do its work on a busy machine.
PATIENCE_S = 60


@pytest.fixture
def worker(servers: Servers, database_url: str, tmp_path: Path) -> Iterator[None]:
    """A worker of one process for all queues, with the beat in it."""
    env = os.environ | {
        "DATABASE_URL": database_url,
        "REDIS_URL": servers.valkey.url,
        "SECRET_KEY": "a-key-that-is-long-enough-for-hs256-tokens",
        "SAMVAD_HOME": str(tmp_path),
    }
    queues = ",".join(sorted(set(QUEUES.values())))
    options = ["--concurrency", "1", "-Q", queues, "--without-gossip", "--without-mingle"]
    beat = ["--beat", "--schedule", str(tmp_path / "beat")]
    command = [sys.executable, "-m", "celery", "-A", "workers.celery_app", "worker"]
    with (tmp_path / "worker.log").open("w") as log:
        process = subprocess.Popen(
            [*command, *options, *beat], cwd=ROOT, env=env, stdout=log, stderr=subprocess.STDOUT
        )
        yield
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture
async def outside(services: Services, servers: Servers) -> AsyncIterator[Services]:
    """The web process's part: the machine's clock, and a broker instead of a list."""
    celery = make_celery(servers.valkey.url)
    yield replace(services, jobs=CeleryJobs(celery), clock=SystemClock())
    celery.close()


async def test_a_worker_answers_and_its_beat_sweeps_what_no_nudge_told(
    outside: Services, org: Organization, worker: None, tmp_path: Path
) -> None:
    org_id = org.id or 0
    wait = {"type": "msg", "timeout": {"seconds": 1}}
    drawn = flow(
        "Hello",
        node("hi", say("Hello"), to="w"),
        ask("w", "r", to=None, wait=wait, timeout="late"),
        node("late", say("You were long")),
    )
    async with unit_of_work(outside, org_id=org_id) as ctx:
        contact = await resolve_contact(ctx, "919876543210", "Asha")
        row = await create_flow(
            ctx, {"name": "Hello", "uuid": drawn["uuid"], "keywords": ["hello"]}, drawn
        )
        await publish_flow(ctx, row.uuid)
    async with unit_of_work(outside, org_id=org_id) as ctx:
        await receive_message(ctx, InboundMessage(contact_id=contact.id or 0, body="hello"))

    try:
        async with asyncio.timeout(PATIENCE_S):
            while await texts(outside) != ["Hello", "You were long"]:
                await asyncio.sleep(0.1)
    except TimeoutError:
        pytest.fail((tmp_path / "worker.log").read_text()[-5000:])

    async with outside.db.session() as session:
        states = list(await session.scalars(select(FlowSession.status)))
        kinds = [row.kind for row in await session.scalars(select(ContactInbox)) if row.done_at]
    assert states == ["completed"]
    assert kinds == ["message", "timeout"]


async def texts(services: Services) -> list[Any]:
    """What has been said to people, in order."""
    message: Any = Message
    async with services.db.session() as session:
        rows = await session.scalars(
            select(message.body).where(message.flow == "outbound").order_by(message.id)
        )
        return list(rows)
