"""The one client for outgoing requests: time limits, a size cap, no private addresses."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import socket
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from time import monotonic
from typing import Any

import h11
import httpcore
import httpx

#: Seconds to connect, and for the whole exchange.
CONNECT_TIMEOUT_S = 5.0
TOTAL_TIMEOUT_S = 15.0
_TIMEOUT = httpx.Timeout(TOTAL_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
#: Bytes of an answer, unless the caller says otherwise; a longer one is refused.
MAX_ANSWER_BYTES = 256 * 1024


class OutgoingError(Exception):
    """The request brought no answer. `code` is stable; `may_retry` says nothing was received."""

    def __init__(self, code: str, message: str, *, may_retry: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.may_retry = may_retry


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    elapsed_ms: int

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def json(self) -> Any:
        """The value that the body stands for; None for what is no JSON."""
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError):
            return None


def is_private(address: str) -> bool:
    """Whether an IP address lies outside the public internet."""
    ip = ipaddress.ip_address(address)
    mapped = getattr(ip, "ipv4_mapped", None)
    return not (mapped or ip).is_global


class _GuardedBackend(httpcore.AsyncNetworkBackend):
    """Resolves a name itself and connects to the very address it has checked.

    A check before the request would leave time for the name to change its mind (DNS rebinding).
    """

    def __init__(self, allowed: frozenset[str]) -> None:
        self._inner = httpcore.AnyIOBackend()
        self._allowed = allowed

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        address = await self._checked(host, port)
        return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)

    async def _checked(self, host: str, port: int) -> str:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise OutgoingError(
                "host_unknown", f"{host} cannot be found", may_retry=True
            ) from error
        for *_, sockaddr in found:
            address = str(sockaddr[0])
            if host in self._allowed or address in self._allowed or not is_private(address):
                return address
        raise OutgoingError(
            "private_address", f"{host} is a private address; allow it in ALLOWED_PRIVATE_HOSTS"
        )

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.AsyncNetworkStream:
        raise OutgoingError("private_address", "sockets of this machine are not called")

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


@cache
def _tls() -> ssl.SSLContext:
    """Whom the process trusts; to read the authorities' certificates takes a while."""
    return httpx.create_ssl_context()


class OutgoingHttp:
    """Calls the NGO's servers. Redirects are not followed: a signed body goes where it was sent."""

    def __init__(self, allowed_private_hosts: Iterable[str] = ()) -> None:
        transport = httpx.AsyncHTTPTransport(verify=_tls(), retries=0)
        # httpx has no public place for a network backend; httpcore, below it, has.
        transport._pool = httpcore.AsyncConnectionPool(
            ssl_context=_tls(),
            max_connections=100,
            max_keepalive_connections=20,
            keepalive_expiry=5.0,
            network_backend=_GuardedBackend(frozenset(allowed_private_hosts)),
        )
        self._client = httpx.AsyncClient(
            transport=transport, follow_redirects=False, trust_env=False, timeout=TOTAL_TIMEOUT_S
        )

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        timeout_s: float = TOTAL_TIMEOUT_S,
        max_bytes: int = MAX_ANSWER_BYTES,
    ) -> Answer:
        """The whole answer, which has at most `max_bytes`. Raises OutgoingError."""
        if not url.startswith(("http://", "https://")):
            raise OutgoingError("url_invalid", "the address must begin with http:// or https://")
        started = monotonic()
        try:
            request = self._client.build_request(
                method, url, headers=headers, params=params, content=body, timeout=_TIMEOUT
            )
            async with asyncio.timeout(timeout_s):
                return await self._exchange(request, max_bytes, started)
        except TimeoutError as error:
            raise OutgoingError("timeout", f"no answer within {timeout_s:g} s") from error
        except httpx.ConnectError as error:
            raise OutgoingError("connect", "could not connect", may_retry=True) from error
        except httpx.TimeoutException as error:
            retry = isinstance(error, httpx.ConnectTimeout)
            raise OutgoingError("timeout", "no answer in time", may_retry=retry) from error
        except httpx.HTTPError as error:
            raise OutgoingError("transport", type(error).__name__) from error
        except (httpx.InvalidURL, ValueError, TypeError, h11.ProtocolError) as error:
            # A host that no name can have, a letter that no header can carry.
            raise OutgoingError(
                "request_invalid", "the address, the method or a header cannot be sent"
            ) from error

    async def _exchange(self, request: httpx.Request, max_bytes: int, started: float) -> Answer:
        response = await self._client.send(request, stream=True)
        try:
            received = bytearray()
            async for chunk in response.aiter_bytes():
                received += chunk
                if len(received) > max_bytes:
                    raise OutgoingError("too_large", f"answer over {max_bytes} bytes")
        finally:
            await response.aclose()
        elapsed_ms = round((monotonic() - started) * 1000)
        return Answer(response.status_code, dict(response.headers), bytes(received), elapsed_ms)

    async def close(self) -> None:
        """Return when every connection is closed."""
        await self._client.aclose()
