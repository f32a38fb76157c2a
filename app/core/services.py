"""What lives as long as a process: connections, clock, ids, and the ports to the outside."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from app.core.clock import Clock
    from app.core.db import Database
    from app.core.http import OutgoingHttp
    from app.core.ids import Ids
    from app.core.live import Live


class Jobs(Protocol):
    """Sends a job by name. A job is a nudge: the rows are the truth, so losing one does no harm."""

    async def send(self, name: str, *args: Any, after_s: float = 0.0) -> None:
        """Queue job `name`, to be taken after `after_s` seconds; longer waits than five are rows.

        A broker that is down is logged, not raised: a sweep finds the row.
        """
        ...


@dataclass(frozen=True, slots=True)
class Config:
    """The part of the settings that the system below the entry points needs."""

    secret_key: str
    data_dir: Path
    public_url: str = "http://localhost:4000"
    public_chat_url: str = ""
    gateway_port: int = 5280
    chat_domain: str = "localhost"
    allow_chat_passwords: bool = False
    allowed_origins: tuple[str, ...] = ()
    access_token_ttl_s: int = 1800
    renewal_token_ttl_s: int = 30 * 86400
    chat_token_ttl_s: int = 7 * 86400
    chat_resume_s: int = 300
    chat_scram_iterations: int = 4096
    chat_see_other_uri: str = ""
    otp_ttl_s: int = 300
    contact_window_h: int = 24
    bulk_per_minute: int = 6000
    api_per_minute: int = 6000
    login_per_minute: int = 50
    login_phone_per_minute: int = 20
    onboard_per_minute: int = 5
    trace_flows: bool = True
    smtp_url: str = ""
    mail_from: str = "samvad@localhost"
    classifier_url: str = ""
    classifier_token: str = ""
    classifier_name: str = "Classifier"
    classifier_intents: tuple[str, ...] = ()
    geocoder_url: str = ""
    push_endpoint: str = ""
    push_with_body: bool = False
    upload_max_bytes: int = 16 * 1024 * 1024
    upload_types: tuple[str, ...] = ("image/*", "audio/*", "video/*", "application/pdf", "text/*")
    upload_keep_days: int = 0
    allow_registration: bool = False
    contact_addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a unit of work may reach. Made once a process by `app.wiring`."""

    db: Database
    redis: Redis
    live: Live
    jobs: Jobs
    http: OutgoingHttp
    clock: Clock
    ids: Ids
    config: Config
    #: Told the events of a unit of work, in order, after its commit.
    react: Callable[[Services, int, Sequence[object]], Awaitable[None]]
