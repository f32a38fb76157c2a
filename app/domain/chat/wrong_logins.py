"""Wrong passwords by network address, for processes that hold no sockets: counted in Redis.

`chat:wrong_logins:{address}` lives for WINDOW_S from the first of them. All processes that ask here
count together, and forget together. Gateways count for themselves, since their clients stay.
"""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final

import structlog
from redis.exceptions import RedisError

from app.core.redis_text import text_of
from app.core.services import Services

#: Wrong passwords from one network address within WINDOW_S; many people share one.
MOST_OF_ADDRESS: Final = 100
WINDOW_S: Final = 300
#: Addresses that are looked at together when a network is forgiven.
SCANNED_AT_ONCE: Final = 1_000

_PREFIX: Final = "chat:wrong_logins:"

log = structlog.get_logger()


async def may_try(services: Services, address: str) -> bool:
    """Whether there were not too many from the address. Nobody is refused while Redis is away."""
    try:
        return int(await services.redis.get(_PREFIX + address) or 0) < MOST_OF_ADDRESS
    except RedisError as error:
        log.warning("wrong_logins.redis_away", error=str(error))
        return True


async def remember(services: Services, address: str) -> None:
    """One more wrong login from the address."""
    pipe = services.redis.pipeline(transaction=True)
    pipe.set(_PREFIX + address, 0, ex=WINDOW_S, nx=True)
    pipe.incr(_PREFIX + address)
    try:
        await pipe.execute()
    except RedisError as error:
        log.warning("wrong_logins.redis_away", error=str(error))


async def forgive(services: Services, network: str) -> int:
    """Nothing is held against the network's addresses; how many may try again that might not.

    Raises RedisError.
    """
    meant, barred, cursor = ip_network(network), 0, 0
    while True:
        cursor, keys = await services.redis.scan(cursor, match=f"{_PREFIX}*", count=SCANNED_AT_ONCE)
        names = [text_of(key) for key in keys]
        found = [name for name in names if is_in(name.removeprefix(_PREFIX), meant)]
        if found:
            pipe = services.redis.pipeline(transaction=True)
            pipe.mget(found)
            pipe.delete(*found)
            counts, _ = await pipe.execute()
            barred += sum(int(count or 0) >= MOST_OF_ADDRESS for count in counts)
        if not cursor:
            return barred


def is_in(text: str, network: IPv4Network | IPv6Network) -> bool:
    """Whether it is an address of the network; ::ffff:192.0.2.1 is 192.0.2.1 (RFC 4291 2.5.5.2).

    >>> is_in("::ffff:192.0.2.1", ip_network("192.0.2.0/24"))
    True
    >>> is_in("no address", ip_network("192.0.2.0/24"))
    False
    """
    try:
        address = ip_address(text)
    except ValueError:
        return False
    inner = getattr(address, "ipv4_mapped", None)
    return address in network or (inner is not None and inner in network)
