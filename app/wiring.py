"""The composition root: the only place where ports meet adapters."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff

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
        public_chat_url=settings.public_chat_url,
        gateway_port=settings.gateway_port,
        chat_domain=settings.chat_domain,
        allow_chat_passwords=settings.allow_chat_passwords,
        allowed_origins=settings.words("allowed_origins"),
        access_token_ttl_s=settings.access_token_ttl_s,
        renewal_token_ttl_s=settings.renewal_token_ttl_s,
        chat_token_ttl_s=settings.chat_token_ttl_s,
        chat_resume_s=settings.chat_resume_s,
        chat_scram_iterations=settings.chat_scram_iterations,
        chat_see_other_uri=settings.chat_see_other_uri,
        otp_ttl_s=settings.otp_ttl_s,
        contact_window_h=settings.contact_window_h,
        bulk_per_minute=settings.bulk_per_minute,
        api_per_minute=settings.api_per_minute,
        login_per_minute=settings.login_per_minute,
        login_phone_per_minute=settings.login_phone_per_minute,
        onboard_per_minute=settings.onboard_per_minute,
        trace_flows=settings.trace_flows,
        smtp_url=settings.smtp_url,
        mail_from=settings.mail_from,
        classifier_url=settings.classifier_url,
        classifier_token=settings.classifier_token,
        classifier_name=settings.classifier_name,
        classifier_intents=settings.words("classifier_intents"),
        geocoder_url=settings.geocoder_url,
        push_endpoint=settings.push_endpoint,
        push_with_body=settings.push_with_body,
        upload_max_bytes=settings.upload_max_bytes,
        upload_types=settings.words("upload_types"),
        upload_keep_days=settings.upload_keep_days,
        allow_registration=settings.allow_registration,
        contact_addresses=settings.words("contact_addresses"),
    )


#: A command is tried so often more: some three seconds in all, in which a Valkey restarts.
REDIS_RETRIES = 6
#: Seconds: twice the one is the first pause at most, the other is any pause at most.
REDIS_PAUSE_S, REDIS_MAX_PAUSE_S = 0.1, 1.0
#: Seconds for a connection, and for an answer.
REDIS_CONNECT_S, REDIS_ANSWER_S = 5, 5


def connect_redis(url: str) -> Redis:
    """A client whose commands and topics outlive a restart of the server.

    A command whose answer was lost is sent again: none here does harm twice. After an outage of
    more than four and a half seconds it raises RedisError.
    """
    pool = BlockingConnectionPool.from_url(
        url,
        socket_connect_timeout=REDIS_CONNECT_S,
        socket_timeout=REDIS_ANSWER_S,
        health_check_interval=30,
        # Who comes when all are in use waits for one: a gateway that stops parks all its sessions
        # at once, and a refusal would cost each its resumption.
        max_connections=100,
        timeout=REDIS_ANSWER_S,
        retry=Retry(
            ExponentialWithJitterBackoff(base=REDIS_PAUSE_S, cap=REDIS_MAX_PAUSE_S),
            REDIS_RETRIES,
        ),
    )
    return Redis.from_pool(pool)


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
    redis = connect_redis(settings.redis_url)
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
