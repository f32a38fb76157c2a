"""Waits until nodes are at rest: every stanza was dealt with, and what it set off has arrived.

A conversation whose people sit on different nodes has no order of its own. Between two steps the
nodes are therefore asked, not waited for: no connection has anything in hand, no work runs in the
background, and an echo has gone round on each channel between them, behind all that was said.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from app.xmpp.modules.muc.service import Rooms
from app.xmpp.modules.muc.wire import Outcome, Wire
from app.xmpp.server.app import RunningGateway

ECHO = "echo"
ECHO_S = 5.0


class Quiet:
    """The nodes of one test, which run in its event loop."""

    def __init__(self, nodes: Sequence[RunningGateway]) -> None:
        self._nodes = nodes
        self._wires = [_wire_of(node) for node in nodes]
        for node, wire in zip(nodes, self._wires, strict=True):
            node.gateway.bus.on_command(ECHO, _answer)
            wire.on(ECHO, _answering(wire))

    async def settle(self) -> None:
        """Nothing is on its way."""
        while True:
            while self._is_busy():
                await asyncio.sleep(0)
            await self._echo()
            working = [task for node in self._nodes for task in node.gateway._tasks]
            if not working and not self._is_busy():
                return
            if working:
                await asyncio.wait(working, timeout=ECHO_S)

    def _is_busy(self) -> bool:
        """A connection waits for frames only when it has dealt with all that came."""
        return any(
            connection.is_busy for node in self._nodes for connection in node.clients.connections()
        )

    async def _echo(self) -> None:
        names = [node.gateway.node for node in self._nodes]
        echoes = []
        for node, wire in zip(self._nodes, self._wires, strict=True):
            for other in names:
                if other != node.gateway.node or len(names) == 1:
                    echoes.append(node.gateway.bus.ask(other, ECHO, {}, ECHO_S))
                    echoes.append(wire.ask(other, {"kind": ECHO}))
        assert await asyncio.gather(*echoes) == [True, Outcome.DONE] * (len(echoes) // 2)


async def _answer(_: dict[str, Any]) -> bool:
    return True


def _answering(wire: Wire) -> Any:
    async def answer(message: dict[str, Any]) -> None:
        wire.answer(message, Outcome.DONE)

    return answer


def _wire_of(node: RunningGateway) -> Wire:
    """The rooms' own channel, which no other part of the server knows."""
    owners = (getattr(stop, "__self__", None) for stop in node.gateway.stops)
    return next(owner.wire for owner in owners if isinstance(owner, Rooms))
