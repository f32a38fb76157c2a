"""The gateway process: everything starts in order, serves, and ends in the opposite order."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import orjson
import structlog
from redis.exceptions import RedisError
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from app.core import tasks
from app.core.services import Services
from app.xmpp import loader
from app.xmpp.server.admission import LOOK_EVERY_S, Admission
from app.xmpp.server.census import Census
from app.xmpp.server.certificate import find_or_make
from app.xmpp.server.clients import Clients
from app.xmpp.server.gateway import Gateway
from app.xmpp.server.lease import RENEW_S
from app.xmpp.server.login import Accounts
from app.xmpp.server.orgs import REFRESH_S, Orgs
from app.xmpp.server.resumption import REAP_EVERY_S
from app.xmpp.server.tcp import TcpPorts, TcpServer
from app.xmpp.server.websocket import WebSocketServer

#: Seconds that clients have to take their leave at shutdown.
SHUTDOWN_S: Final = 5.0
#: Seconds that modules have to finish what they have in hand.
SETTLE_S: Final = 1.0
#: Seconds that the node has to hear what was said to it before it left.
HEAR_OUT_S: Final = 3.0
#: Seconds between two looks for servers that are away at the start.
LOOK_AGAIN_S: Final = 1.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class RunningGateway:
    """A gateway that serves, and where."""

    gateway: Gateway
    port: int
    clients: Clients
    tcp_port: int | None = None
    tls_port: int | None = None
    tcp_server: TcpServer | None = None


@asynccontextmanager
async def serve(
    services: Services,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    tcp: TcpPorts = TcpPorts(),
    modules: Sequence[str] = loader.MODULES,
    accounts: Callable[[Orgs], Accounts] | None = None,
) -> AsyncIterator[RunningGateway]:
    """Give a gateway that accepts clients; when the block ends they are told and it is over."""
    gateway = Gateway(services, accounts or _domain_accounts(services))
    admission = Admission(gateway)
    Census(gateway)
    loader.load(gateway, modules)
    await _patiently(gateway.orgs.refresh)
    await _patiently(gateway.directory.load)
    background = [
        asyncio.create_task(gateway.bus.listen()),
        asyncio.create_task(_again(RENEW_S, gateway.directory.renew)),
        asyncio.create_task(_again(REFRESH_S, gateway.orgs.refresh)),
        asyncio.create_task(_again(REAP_EVERY_S, gateway.resumption.reap)),
    ]
    if accounts is None:
        background.append(asyncio.create_task(_again(LOOK_EVERY_S, admission.look)))
    clients = Clients()
    server = WebSocketServer(gateway, clients, lambda: _health(gateway))
    tcp_server = _tcp_server(services, gateway, clients, tcp) if tcp.is_wanted else None
    try:
        await gateway.bus.is_listening.wait()
        for start in gateway.starts:
            await start()
        bound_port = await server.start(host, port)
        tcp_port, tls_port = await tcp_server.start(host, tcp) if tcp_server else (None, None)
        log.info(
            "gateway.ready",
            host=host,
            port=bound_port,
            tcp_port=tcp_port,
            tls_port=tls_port,
            node=gateway.node,
        )
        yield RunningGateway(gateway, bound_port, clients, tcp_port, tls_port, tcp_server)
    finally:
        gateway.is_stopping = True
        server.stop_listening()
        if tcp_server is not None:
            tcp_server.stop_listening()
        await clients.dismiss(services.config.chat_see_other_uri, SHUTDOWN_S)
        await gateway.park_detached()
        await gateway.bus.leave(HEAR_OUT_S)
        for stop in reversed(gateway.stops):
            await stop()
        await tasks.end(background)
        await gateway.settle(SETTLE_S)
        await _leave(gateway)


def _tcp_server(
    services: Services, gateway: Gateway, clients: Clients, ports: TcpPorts
) -> TcpServer:
    certificate = find_or_make(services, ports.certificate, ports.key)
    return TcpServer(gateway, clients, certificate)


def _domain_accounts(services: Services) -> Callable[[Orgs], Accounts]:
    from app.xmpp.server.accounts import DomainAccounts

    return lambda orgs: DomainAccounts(services, orgs)


async def run_gateway(
    services: Services, *, host: str, port: int, tcp: TcpPorts = TcpPorts()
) -> None:
    """The gateway serves until SIGINT or SIGTERM."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    is_ready = False

    async def run() -> None:
        nonlocal is_ready
        async with serve(services, host=host, port=port, tcp=tcp):
            is_ready = True
            await stopped.wait()
            log.info("gateway.stopping")

    running, told = asyncio.create_task(run()), asyncio.create_task(stopped.wait())
    await asyncio.wait({running, told}, return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    if not is_ready:
        # It waits for its servers and looks at nothing else.
        running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def _leave(gateway: Gateway) -> None:
    try:
        await gateway.directory.leave()
    except RedisError as error:
        # The lease runs out by itself.
        log.warning("gateway.server_away", error=str(error))


async def _patiently(work: Callable[[], Awaitable[None]]) -> None:
    """The work is done; servers that are away at the start are waited for, and nobody is served."""
    while True:
        try:
            return await work()
        except (RedisError, OperationalError, OSError) as error:
            log.warning("gateway.server_away", error=str(error))
            await asyncio.sleep(LOOK_AGAIN_S)


async def _again(every_s: float, work: Callable[[], Awaitable[None]]) -> None:
    """The work is done every so often; servers that are away are tried again."""
    while True:
        await asyncio.sleep(every_s)
        try:
            await work()
        except (RedisError, SQLAlchemyError, OSError) as error:
            log.warning("gateway.server_away", error=str(error))


def _health(gateway: Gateway) -> tuple[bool, bytes]:
    """Whether the gateway hears the bus; without it other processes cannot reach its clients."""
    is_well = gateway.bus.is_listening.is_set()
    body = {
        "status": "ok" if is_well else "degraded",
        "node": gateway.node,
        "sessions": len(gateway.sessions),
    }
    return is_well, orjson.dumps(body)
