"""The five kinds of process, each as one command; `docker-compose.yml` has a service for each."""

from __future__ import annotations

import importlib
import logging
import socket
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from app.embedded.home import EmbeddedError, claim_port
from app.supervisor.checks import CannotStart
from app.supervisor.parts import QUEUES
from app.supervisor.surroundings import home_directory, ready_file

PROBE_TIMEOUT_S = 3.0
#: Seconds that a port may stay in use: the process before this one may be ending.
PORT_PATIENCE_S = 2.0


def add_to(app: typer.Typer) -> None:
    for name, command in (
        ("web", web),
        ("gateway", gateway),
        ("admin", admin),
        ("worker", worker),
        ("beat", beat),
        ("demo-webhook", demo_webhook),
        ("probe", probe),
    ):
        app.command(name)(command)


def web() -> None:
    """Serve GraphQL, REST, subscriptions and pages on WEB_PORT."""
    settings = _settings_of_a_process(["web_port"])
    _serve("app.main:create_app", settings.web_host, settings.web_port)


def gateway() -> None:
    """Serve chat clients: XMPP over WebSocket at /xmpp on GATEWAY_PORT, over TCP on TCP_PORT."""
    import uvloop

    settings = _settings_of_a_process(["gateway_port", "tcp_port", "tls_port"])
    _set_up_log(settings)
    uvloop.run(_gateway(settings))


async def _gateway(settings: Any) -> None:
    from app.core import memory
    from app.wiring import open_services
    from app.xmpp.server.app import run_gateway
    from app.xmpp.server.tcp import TcpPorts

    async with open_services(settings, application="samvad-gateway") as services:
        memory.settle()
        tcp = TcpPorts(
            starttls=settings.tcp_port or None,
            direct=settings.tls_port or None,
            certificate=settings.tls_certificate,
            key=settings.tls_key,
        )
        await run_gateway(services, host=settings.gateway_host, port=settings.gateway_port, tcp=tcp)


def admin() -> None:
    """Serve the administration of the chat server, /health and /metrics on ADMIN_PORT."""
    settings = _settings_of_a_process(["admin_port"])
    _serve("app.admin.app:create_app", settings.admin_host, settings.admin_port)


def worker(
    queues: Annotated[
        str, typer.Option(help="Comma-separated queues that this worker serves.")
    ] = ",".join(QUEUES),
    concurrency: Annotated[
        int | None, typer.Option(help="Processes. WORKER_PROCESSES when not given.")
    ] = None,
) -> None:
    """Do the queued work: inbound messages, deliveries, webhooks, timers, bulk sending."""
    from celery.signals import worker_ready

    unknown = set(queues.split(",")) - set(QUEUES)
    if unknown:
        raise typer.BadParameter(
            f"no such queue: {', '.join(sorted(unknown))}; there are: {', '.join(QUEUES)}"
        )
    settings = _settings_of_a_process([])
    worker_ready.connect(_say_worker_is_ready, weak=False)
    # Quiet: its banner of twenty lines says nothing that the log does not.
    words = ["--quiet", "worker", "-Q", queues, "-c", str(concurrency or settings.worker_processes)]
    _celery().worker_main([*words, "-n", f"{queues.replace(',', '-')}@%h", "-l", "WARNING"])


def beat() -> None:
    """Give the periodic work to the queues. Exactly one of these runs in an installation."""
    _settings_of_a_process([])
    home = home_directory()
    home.mkdir(parents=True, exist_ok=True)
    _celery().start(
        [
            *("--quiet", "beat", "-s", str(home / "beat-schedule"), "-l", "WARNING"),
            # A pid file of a killed beat would keep the next one from starting.
            "--pidfile=",
        ]
    )


def demo_webhook(
    port: Annotated[
        int, typer.Option(envvar="DEMO_WEBHOOK_PORT", min=0, max=65535, help="On loopback.")
    ] = 4100,
) -> None:
    """Answer the webhook of the demo's survey: verify the signature, give a score."""
    _check_port(port, "--port")
    _serve("seeds.demo_webhook:create_app", "127.0.0.1", port)


def probe(port: Annotated[int, typer.Argument(help="A port of this machine.")]) -> None:
    """Exit with 0 when something listens on PORT of this machine: a container's health check."""
    with socket.socket() as client:
        client.settimeout(PROBE_TIMEOUT_S)
        if client.connect_ex(("127.0.0.1", port)) != 0:
            raise CannotStart(f"Nothing answers on port {port}.")


def _settings() -> Any:
    from app.settings import Settings

    return Settings()


def _settings_of_a_process(ports: Sequence[str]) -> Any:
    """The settings, which name the servers behind and free `ports`. Raises CannotStart."""
    settings = _settings()
    for name in ("database_url", "redis_url", "secret_key"):
        if not getattr(settings, name):
            raise CannotStart(
                f"{name.upper()} is not set; `samvad up` sets it, or see .env.example."
            )
    for name in ports:
        _check_port(getattr(settings, name), name.upper())
    return settings


def _check_port(port: int, setting: str) -> None:
    """Refuse when the port is in use; 0 is off. Waits for who is just letting go of it."""
    try:
        claim_port(port, PORT_PATIENCE_S)
    except EmbeddedError as error:
        raise CannotStart(
            f"Port {port} is in use: stop what uses it, or choose another with {setting}."
        ) from error


def _set_up_log(settings: Any) -> None:
    from app.core import log

    log.set_up(settings.log_level, json=settings.log_json)


def _serve(factory: str, host: str, port: int) -> None:
    """Run an ASGI application until SIGTERM; connections get two seconds to finish."""
    import uvicorn

    settings = _settings()
    _set_up_log(settings)
    logging.getLogger("uvicorn.error").setLevel("WARNING")
    uvicorn.run(
        factory,
        factory=True,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=2,
        forwarded_allow_ips=list(settings.words("trusted_proxies")),
    )


def _celery() -> Any:
    from celery.app.utils import find_app

    importlib.import_module("workers.celery_app")
    return find_app("workers.celery_app")


def _say_worker_is_ready(**_: object) -> None:
    ready_file(home_directory(), "worker").touch()
