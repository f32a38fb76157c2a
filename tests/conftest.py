"""Fixtures: real PostgreSQL and Valkey, a database of one's own, two organizations."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio
import hypothesis.internal.observability
import pytest
from redis.asyncio import Redis
from sqlmodel import select

from app import reactions
from app.core.clock import FrozenClock
from app.core.context import SYSTEM, Actor, Ctx
from app.core.db import Database
from app.core.http import OutgoingHttp
from app.core.ids import SystemIds
from app.core.live import Live
from app.core.services import Config, Services
from app.core.uow import unit_of_work
from app.models import Contact, Language, Organization
from tests.servers import Servers, fresh_database, running_servers

# Loaded now: anyio imports it at its first use, where pytest would rewrite it deep in a stack, and
# there CPython 3.11's parser may fail ("AST constructor recursion depth mismatch").
assert anyio.open_file
#: What its pytest plugin would load at the very end.
assert hypothesis.internal.observability

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


class RecordingJobs:
    """Keeps the nudges that would have gone to the broker; the rows are the truth anyway."""

    def __init__(self) -> None:
        self.sent: list[tuple[Any, ...]] = []
        #: Seconds that each was to wait.
        self.pauses: list[float] = []

    async def send(self, name: str, *args: Any, after_s: float = 0.0) -> None:
        self.sent.append((name, *args))
        self.pauses.append(after_s)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """PostgreSQL with a migrated template database, and Valkey; both end with the session."""
    with running_servers() as servers:
        yield servers


@pytest.fixture
def database_url(servers: Servers) -> Iterator[str]:
    """A fresh database with the whole schema and no row."""
    with fresh_database(servers) as url:
        yield url


@pytest.fixture
async def redis(servers: Servers) -> AsyncIterator[Redis]:
    """Valkey, emptied."""
    client = Redis.from_url(servers.valkey.url)
    await client.flushall()
    yield client
    await client.aclose()


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(NOW)


@pytest.fixture
def jobs() -> RecordingJobs:
    return RecordingJobs()


@pytest.fixture
async def services(
    database_url: str, redis: Redis, clock: FrozenClock, jobs: RecordingJobs, tmp_path: Path
) -> AsyncIterator[Services]:
    """The services of one process over the test's own database."""
    async with open_services(database_url, redis, clock, jobs, tmp_path) as services:
        yield services


@asynccontextmanager
async def open_services(
    database_url: str, redis: Redis, clock: FrozenClock, jobs: RecordingJobs, data_dir: Path
) -> AsyncIterator[Services]:
    """Services that are closed with the block."""
    db = Database(database_url, pool_size=5)
    http = OutgoingHttp(["127.0.0.1"])
    yield Services(
        db=db,
        redis=redis,
        live=Live(redis),
        jobs=jobs,
        http=http,
        clock=clock,
        ids=SystemIds(),
        config=Config(
            secret_key="a-key-that-is-long-enough-for-hs256-tokens",
            data_dir=data_dir,
            allow_chat_passwords=True,
        ),
        react=reactions.after_commit,
    )
    await http.close()
    await db.close()


async def make_organization(services: Services, shortcode: str) -> Organization:
    """An active organization with its own contact; English and Hindi are made once."""
    async with services.db.session() as session, session.begin():
        languages = {}
        for label, locale, own in (("English", "en", "English"), ("Hindi", "hi", "हिंदी")):
            found = await session.scalar(select(Language).where(Language.locale == locale))
            if found is None:
                found = Language(label=label, locale=locale, label_locale=own, localized=True)
                session.add(found)
                await session.flush()
            languages[locale] = found
        org = Organization(
            name=shortcode.title(),
            shortcode=shortcode,
            email=f"office@{shortcode}.example",
            chat_domain="localhost" if shortcode == "asha" else f"{shortcode}.example",
            default_language_id=languages["en"].id,
            active_language_ids=[languages["en"].id, languages["hi"].id],
            signature_phrase="This is the secret",
        )
        session.add(org)
        await session.flush()
        own_contact = Contact(
            organization_id=org.id,
            uuid=str(services.ids.uuid4()),
            name=org.name,
            phone=f"9178348111{org.id:02}",
            language_id=languages["en"].id,
        )
        session.add(own_contact)
        await session.flush()
        org.contact_id = own_contact.id
    return org


@pytest.fixture
async def org(services: Services) -> Organization:
    """The organization most tests are about."""
    return await make_organization(services, "asha")


@pytest.fixture
async def other_org(services: Services, org: Organization) -> Organization:
    """A second tenant, which must never see the first one's rows."""
    return await make_organization(services, "ujala")


Work = Callable[..., AbstractAsyncContextManager[Ctx]]


@pytest.fixture
def work(services: Services, org: Organization) -> Work:
    """`async with work() as ctx:` is a unit of work of `org`; `actor=`, `org_id=` change it."""

    def begin(actor: Actor = SYSTEM, org_id: int | None = None) -> AbstractAsyncContextManager[Ctx]:
        return unit_of_work(services, org_id=org_id or org.id or 0, actor=actor)

    return begin
