"""What people say to an organization, stored many at a time, each with its sender's own copy.

While one transaction is under way the messages that come in meanwhile gather, and the next one
takes them all: a quiet server stores each at once, a busy one shares the cost of a commit.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.core import log
from app.core.context import Actor
from app.core.uow import unit_of_work
from app.domain.chat import archive
from app.domain.chat.archive import Kept
from app.domain.messages import service as messages
from app.xmpp.hooks import MessagesKept

if TYPE_CHECKING:
    from app.xmpp.module import Host

_log = log.get(__name__)

#: Messages that one transaction takes.
BATCH = 100


@dataclass(frozen=True, slots=True)
class _Waiting:
    inbound: messages.InboundMessage | None
    kept: Kept | None
    done: asyncio.Future[None]


class Reception:
    """One line for each organization, worked off by one task while there is somebody in it."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._lines: defaultdict[int, deque[_Waiting]] = defaultdict(deque)

    async def store(
        self, org_id: int, inbound: messages.InboundMessage | None, kept: Kept | None
    ) -> None:
        """Return when the message is committed and the copy is in its archive.

        Raises what made storing them fail.
        """
        if inbound is None and kept is None:
            return
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        line = self._lines[org_id]
        line.append(_Waiting(inbound, kept, done))
        if len(line) == 1:
            self._host.spawn(self._work_off(org_id), "reception")
        await done

    async def _work_off(self, org_id: int) -> None:
        line = self._lines[org_id]
        while line:
            batch = [line[n] for n in range(min(len(line), BATCH))]
            await self._take(org_id, batch)
            # Left in line until now, so that `store` sees that somebody is at work.
            for _ in batch:
                line.popleft()

    async def _take(self, org_id: int, batch: Sequence[_Waiting]) -> None:
        try:
            await self._commit(org_id, batch)
        except Exception as fault:  # the edge: each sender hears of his own message
            if len(batch) == 1:
                _settle(batch[0].done, fault)
                return
            _log.warning("messages are stored one by one", org=org_id, reason=repr(fault)[:200])
            for one in batch:
                await self._take(org_id, [one])
        else:
            for one in batch:
                _settle(one.done, None)

    async def _commit(self, org_id: int, batch: Sequence[_Waiting]) -> None:
        services = self._host.services
        kept = [one.kept for one in batch if one.kept is not None]
        said = [one.inbound for one in batch if one.inbound is not None]
        async with unit_of_work(services, org_id=org_id, actor=Actor("contact")) as ctx:
            await archive.keep(ctx, kept)
            await messages.receive_messages(ctx, said)
        if kept:
            await self._host.tell(MessagesKept(org_id, kept))


def _settle(done: asyncio.Future[None], fault: Exception | None) -> None:
    if done.done():
        return  # the session has gone and waits no more
    if fault is None:
        done.set_result(None)
    else:
        done.set_exception(fault)
