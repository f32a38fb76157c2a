"""Every setting of an installation, with its unit and default, on one page."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.protocol.sasl.scram import ITERATIONS, MIN_ITERATIONS


class Settings(BaseSettings):
    """Read from the environment and from `.env`. Names are these in capitals."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore")

    #: Where an installation on one machine keeps its databases, key and uploads.
    samvad_home: Path = Path(".samvad")
    #: postgresql://… of PostgreSQL 15 or newer.
    database_url: str = ""
    #: redis://… of Valkey or Redis 7 or newer.
    redis_url: str = ""
    #: Signs tokens. The first `samvad up` writes a random one into SAMVAD_HOME.
    secret_key: str = ""

    web_host: str = "127.0.0.1"
    web_port: int = 4000
    gateway_host: str = "127.0.0.1"
    gateway_port: int = 5280
    #: XMPP over TCP on gateway_host: with STARTTLS (5222), and with TLS from the start (5223).
    #: 0 is off; `samvad up` turns both on.
    tcp_port: int = 0
    tls_port: int = 0
    #: PEM files of the TCP ports' certificate; without them one is made that signs itself.
    tls_certificate: str = ""
    tls_key: str = ""
    admin_host: str = "127.0.0.1"
    admin_port: int = 5551
    #: Where `samvad demo-webhook` listens, on loopback.
    demo_webhook_port: int = 4100
    #: How people reach `web` from outside.
    public_url: str = "http://localhost:4000"
    #: How chat clients reach `gateway`, as wss://…/xmpp. Empty: /xmpp beside an https PUBLIC_URL,
    #: and GATEWAY_PORT of the host that the client has asked for otherwise.
    public_chat_url: str = ""

    #: The XMPP domain of the first organization.
    chat_domain: str = "localhost"
    #: Seconds that a session waits for a client whose connection broke (XEP-0198).
    chat_resume_s: int = 300
    #: Rounds of PBKDF2 in new keys of chat passwords. More make stolen keys harder to guess from, and
    #: cost phones as much more at each login by SCRAM and the server at each first one by PLAIN.
    chat_scram_iterations: int = Field(default=ITERATIONS, ge=MIN_ITERATIONS)
    #: Where clients are sent when this gateway stops, such as wss://b.example.org/xmpp.
    chat_see_other_uri: str = ""
    #: Whether chat clients may log in with a password where they bring no cookie.
    allow_chat_passwords: bool = False
    #: Comma-separated origins of web pages that may open a chat socket; the own one always may.
    allowed_origins: str = ""
    #: Comma-separated addresses of proxies that are believed about who is calling.
    trusted_proxies: str = "127.0.0.1"
    #: Whether people may make chat accounts by themselves (XEP-0077), where their domain does not say.
    allow_registration: bool = False
    #: Comma-separated addresses of who helps with the chat server, for example mailto:help@ngo.example (XEP-0157).
    contact_addresses: str = ""
    #: https://… that is told when something came for a phone that sleeps (XEP-0357); empty means nobody is.
    push_endpoint: str = ""
    #: Whether it is told who wrote what, or only that somebody did.
    push_with_body: bool = False
    #: Bytes of one upload (XEP-0363), and comma-separated media types that are taken; `image/*` is a family.
    upload_max_bytes: int = 16 * 1024 * 1024
    upload_types: str = "image/*,audio/*,video/*,application/pdf,text/*"
    #: Days that an upload stays; 0 is for ever. Messages that name it stay without it.
    upload_keep_days: int = 0
    #: Comma-separated private hosts that webhooks may call, for example 127.0.0.1.
    allowed_private_hosts: str = ""

    #: Seconds.
    access_token_ttl_s: int = 1800
    renewal_token_ttl_s: int = 30 * 86400
    chat_token_ttl_s: int = 7 * 86400
    otp_ttl_s: int = 300
    #: Hours after a person's last message within which the NGO may write freely.
    contact_window_h: int = 24
    #: People a minute that one group message or group flow reaches.
    bulk_per_minute: int = 6000
    #: Whether sessions of flows keep a trace of what they did and why, for two weeks.
    trace_flows: bool = True
    #: smtp://user:password@host:587, or smtps://; without it flows send no mail.
    smtp_url: str = ""
    mail_from: str = "samvad@localhost"
    #: What says what a text means (docs/flow_services.md): the address with {text} where the text
    #: goes, its bearer token, its name, and comma-separated intents that the editor offers.
    classifier_url: str = ""
    classifier_token: str = ""
    classifier_name: str = "Classifier"
    classifier_intents: str = ""
    #: …/reverse of a geocoder as Nominatim, for the function `geolocation`.
    geocoder_url: str = ""

    #: Requests a minute: of one user to the API, of one address to each login path, logins with
    #: one phone, and of everybody together for a new organization. Beyond that: 429, Retry-After.
    api_per_minute: int = 6000
    login_per_minute: int = 50
    login_phone_per_minute: int = 20
    onboard_per_minute: int = 5

    #: Connections of one process to PostgreSQL.
    database_pool: int = 10
    log_level: str = "INFO"
    #: JSON log lines; by default when standard error is no terminal.
    log_json: bool | None = None
    #: Processes of a worker.
    worker_processes: int = 2

    def words(self, name: str) -> tuple[str, ...]:
        """The comma-separated setting `name` as words."""
        value: str = getattr(self, name)
        return tuple(part.strip() for part in value.split(",") if part.strip())
