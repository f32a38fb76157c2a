"""The composition root: the only place where ports meet adapters."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import Redis

from app import reactions
from app.core.clock import SystemClock
from app.core.db import Database
from app.core.http import OutgoingHttp
from app.core.ids import SystemIds
from app.core.live import Live
from app.core.queue import CeleryJobs, make_celery
from app.core.services import Config, Services
from app.settings import Settings


def config_of(settings: Settings) -> Config:
    """What the system below the entry points is told of the settings."""
    return Config(
        secret_key=settings.secret_key,
        data_dir=settings.samvad_home,
        public_url=settings.public_url,
        chat_domain=settings.chat_domain,
        allow_chat_passwords=settings.allow_chat_passwords,
        allowed_origins=settings.words("allowed_origins"),
        access_token_ttl_s=settings.access_token_ttl_s,
        renewal_token_ttl_s=settings.renewal_token_ttl_s,
        chat_token_ttl_s=settings.chat_token_ttl_s,
        otp_ttl_s=settings.otp_ttl_s,
        contact_window_h=settings.contact_window_h,
        bulk_per_minute=settings.bulk_per_minute,
        push_endpoint=settings.push_endpoint,
        push_with_body=settings.push_with_body,
        upload_max_bytes=settings.upload_max_bytes,
        upload_types=settings.words("upload_types"),
        allow_registration=settings.allow_registration,
        contact_addresses=settings.words("contact_addresses"),
    )


@asynccontextmanager
async def open_services(
    settings: Settings, *, application: str = "samvad"
) -> AsyncIterator[Services]:
    """Give the services of one process and close them when the block ends.

    Raises ValueError when DATABASE_URL, REDIS_URL or SECRET_KEY is missing.
    """
    for name in ("database_url", "redis_url", "secret_key"):
        if not getattr(settings, name):
            raise ValueError(f"{name.upper()} is not set; `samvad up` sets it, or see .env.example")
    db = Database(settings.database_url, pool_size=settings.database_pool, application=application)
    redis = Redis.from_url(
        settings.redis_url, socket_connect_timeout=5, health_check_interval=30, max_connections=200
    )
    http = OutgoingHttp(settings.words("allowed_private_hosts"))
    try:
        yield Services(
            db=db,
            redis=redis,
            live=Live(redis),
            jobs=CeleryJobs(make_celery(settings.redis_url)),
            http=http,
            clock=SystemClock(),
            ids=SystemIds(),
            config=config_of(settings),
            react=reactions.after_commit,
        )
    finally:
        await http.close()
        await redis.aclose()
        await db.close()
