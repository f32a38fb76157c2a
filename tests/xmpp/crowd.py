"""Many light clients that behave as good ones do, at real gateway processes.

A client of the crowd acknowledges (XEP-0198), resumes or binds anew when its node goes, says again
what was not acknowledged, catches up from the archives, and shows a message once by its id.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

import websockets
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_exponential
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake
from websockets.typing import Subprotocol

ROOT = Path(__file__).resolve().parents[2]
SM = "urn:xmpp:sm:3"
MAM = "urn:xmpp:mam:2"
OPEN = "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost' version='1.0'/>"
AUTH = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>"
BIND = (
    "<iq xmlns='jabber:client' type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
    "<resource>{}</resource></bind></iq>"
)
PAGE = (
    "<iq xmlns='jabber:client' type='set' id='{id}'{to}><query xmlns='urn:xmpp:mam:2'>"
    "<set xmlns='http://jabber.org/protocol/rsm'><max>200</max>{after}</set></query></iq>"
)
#: Each has its people, and may be at either node.
ROOMS = ("group-1@localhost", "group-2@localhost")
ANSWER_S = 30.0
#: Stanzas that a client has said and the server has not acknowledged, before it waits.
WINDOW = 100

_NAME = re.compile(r"<(?:\w+:)?(\w+)")
_BODY = re.compile(r"<body[^>]*>(.*?)</body>", re.DOTALL)
_STANZA_ID = re.compile(r"<stanza-id [^>]*>")
_LAST = re.compile(r"<last>(.*?)</last>")
_INNER = re.compile(r"<forwarded.*?(<message.*?</message>)", re.DOTALL)
_RESULT_ID = re.compile(r"<result [^>]*\bid=[\"']([^\"']+)")


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf"\b{name}=[\"']([^\"']*)[\"']", tag)
    return found[1] if found else ""


class Node:
    """One gateway process."""

    def __init__(self, port: int, log: Path, environment: dict[str, str]) -> None:
        self.port = port
        self._log = log
        own = os.environ | environment | {"GATEWAY_PORT": str(port), "TCP_PORT": "0"}
        with log.open("wb") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "app.cli", "gateway"],
                cwd=ROOT,
                env=own,
                stdout=out,
                stderr=out,
            )

    async def ready(self) -> None:
        """Clients are accepted. Raises AssertionError for a process that ended."""
        async with asyncio.timeout(ANSWER_S):
            while True:
                assert self._process.poll() is None, self._log.read_text()[-2000:]
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                    writer.close()
                    return
                await asyncio.sleep(0.05)

    def send_signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def end(self) -> None:
        """The process is over."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(10)

    def log_text(self) -> str:
        return self._log.read_text("utf-8", "replace")


@dataclass
class Member:
    """One person with one client."""

    name: str
    cookie: str
    node: Node
    #: The room that the person is in, "" for none.
    room: str = ""
    #: id -> stanza, not acknowledged by the server, in the order of sending.
    unacked: deque[tuple[str, str]] = field(default_factory=deque)
    #: Ids of messages that the server has acknowledged.
    acked: list[str] = field(default_factory=list)
    #: Ids of messages that came back with an error.
    refused: set[str] = field(default_factory=set)
    #: What was shown: ids of messages, in order, to the person and in the room.
    shown: list[str] = field(default_factory=list)
    said_in_room: list[str] = field(default_factory=list)
    #: Ids in the archives (XEP-0359) of what came by any way.
    known: set[str] = field(default_factory=set)
    #: Messages that came more than once under one id, and were shown once.
    again: int = 0
    #: How the client came back: "resumed" or "bound".
    returns: list[str] = field(default_factory=list)
    #: Who was said to be gone, and when by the loop's clock.
    gone: dict[str, float] = field(default_factory=dict)
    room_heard_s: float = 0.0
    handled: int = 0
    socket: ClientConnection | None = None
    #: Whether the client may speak: not while it comes back.
    is_there: bool = False
    _resume_id: str = ""
    _joined: asyncio.Event = field(default_factory=asyncio.Event)
    _ids: set[str] = field(default_factory=set)
    _answers: dict[str, asyncio.Future[str]] = field(default_factory=dict)
    _reading: asyncio.Task[None] | None = None
    _count: int = 0
    #: Stanzas since management began.
    _sent: int = 0

    @property
    def bare(self) -> str:
        return f"{self.name}@localhost"

    @property
    def is_behind(self) -> bool:
        """So much of what was said is not acknowledged that a good client waits."""
        return len(self.unacked) >= WINDOW

    # Coming and going.

    async def come(self) -> None:
        """The client is available, and has everything that was kept for it."""
        self.is_there = False
        await self._come()
        self.is_there = True

    async def _come(self) -> None:
        self.socket = await self._connected()
        for text, until in ((OPEN, "features"), (AUTH, "<success"), (OPEN, "features")):
            await self._dialogue(text, until)
        if self._resume_id and await self._resumed():
            self.returns.append("resumed")
            return
        is_back = bool(self._resume_id)
        await self._dialogue(BIND.format("crowd"), "<jid")
        enabled = await self._dialogue(f"<enable xmlns='{SM}' resume='true'/>", "<enabled")
        self._resume_id, self.handled, self._sent = _attribute(enabled, "id"), 0, 0
        self._reading = asyncio.create_task(self._read())
        again, self.unacked = list(self.unacked), deque()
        await self._send("", "<presence xmlns='jabber:client'/>")
        if self.room:
            await self.join()
        for id_, stanza in again:
            if id_:
                await self._send(id_, stanza)
        if is_back:
            self.returns.append("bound")
            await self.catch_up()

    @retry(
        retry=retry_if_exception_type((OSError, InvalidHandshake)),
        stop=stop_after_attempt(3),
        wait=wait_exponential(0.5),
        reraise=True,
    )
    async def _connected(self) -> ClientConnection:
        """RFC 6120 3.3: a client that could not connect tries again a little later."""
        return await connect(
            f"ws://127.0.0.1:{self.node.port}/xmpp",
            subprotocols=[Subprotocol("xmpp")],
            additional_headers={"Cookie": f"auth_token={self.cookie}"},
            compression=None,
            ping_interval=None,
            max_queue=None,
            open_timeout=ANSWER_S,
        )

    async def _resumed(self) -> bool:
        resume = f"<resume xmlns='{SM}' previd='{self._resume_id}' h='{self.handled}'/>"
        answer = await self._dialogue(resume, "<resumed", "<failed")
        if "<resumed" not in answer:
            return False
        self._take_ack(int(_attribute(answer, "h")))
        self._reading = asyncio.create_task(self._read())
        assert self.socket is not None
        for _, stanza in self.unacked:
            await self.socket.send(stanza)
        return True

    async def _dialogue(self, text: str, *until: str) -> str:
        assert self.socket is not None
        await self.socket.send(text)
        while True:
            frame = str(await asyncio.wait_for(self.socket.recv(), ANSWER_S))
            if any(word in frame for word in until):
                return frame
            assert "stream:error" not in frame and "<failure" not in frame, frame

    async def lost(self) -> None:
        """The node is gone as far as the client can see."""
        if self._reading is not None:
            await asyncio.wait([self._reading], timeout=ANSWER_S)
        if self.socket is not None:
            await self.socket.close()
        for answer in self._answers.values():
            answer.cancel()
        self._answers.clear()

    # Speaking.

    async def say(self, to: str, id: str) -> None:
        """A message whose body is its id; it is said again until it is acknowledged."""
        kind = "groupchat" if to in ROOMS else "chat"
        stanza = (
            f"<message xmlns='jabber:client' type='{kind}' id='{id}' to='{to}'>"
            f"<body>{id}</body></message>"
        )
        with contextlib.suppress(websockets.WebSocketException):
            await self._send(id, stanza)
            assert self.socket is not None
            await self.socket.send(f"<r xmlns='{SM}'/>")

    async def send(self, stanza: str) -> None:
        """A stanza that is said once."""
        await self._send("", stanza)

    async def join(self) -> None:
        """The room knows the client, and the client that it does (XEP-0045 7.2.15)."""
        self._joined.clear()
        x = "<x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x>"
        await self._send(
            "", f"<presence xmlns='jabber:client' to='{self.room}/{self.name}'>{x}</presence>"
        )
        await asyncio.wait_for(self._joined.wait(), ANSWER_S)

    async def _send(self, id: str, stanza: str) -> None:
        self.unacked.append((id, stanza))
        self._sent += 1
        assert self.socket is not None
        await self.socket.send(stanza)

    async def settled(self) -> None:
        """Everything that was said is acknowledged."""
        async with asyncio.timeout(ANSWER_S):
            while self.unacked:
                assert self.socket is not None
                await self.socket.send(f"<r xmlns='{SM}'/>")
                await asyncio.sleep(0.05)

    async def catch_up(self) -> None:
        """Everything in the archives has been seen (XEP-0313)."""
        await self._page("")
        if self.room:
            await self._page(f" to='{self.room}'")

    async def _page(self, to: str) -> None:
        after = ""
        while True:
            answer = await self._ask(PAGE.format(id="{id}", to=to, after=after))
            last = _LAST.search(answer)
            if last is None or re.search(r"complete=[\"']true", answer):
                return
            after = f"<after>{last[1]}</after>"

    async def _ask(self, request: str) -> str:
        self._count += 1
        id_ = f"q{self._count}"
        answer = self._answers[id_] = asyncio.get_running_loop().create_future()
        await self._send("", request.replace("{id}", id_))
        return await asyncio.wait_for(answer, ANSWER_S)

    # Hearing.

    async def _read(self) -> None:
        assert self.socket is not None
        with contextlib.suppress(websockets.WebSocketException):
            async for frame in self.socket:
                await self._hear(str(frame))

    async def _hear(self, frame: str) -> None:
        name = _NAME.match(frame)
        kind, head = name[1] if name else "", frame[: frame.find(">")]
        if kind in {"message", "presence", "iq"}:
            self.handled += 1
        if kind == "message":
            self._take_message(frame, head)
        elif kind == "presence" and _attribute(head, "type") == "unavailable":
            self.gone.setdefault(_attribute(head, "from"), asyncio.get_running_loop().time())
        elif kind == "iq" and (answer := self._answers.pop(_attribute(head, "id"), None)):
            if not answer.done():
                answer.set_result(frame)
        elif kind == "r":
            assert self.socket is not None
            await self.socket.send(f"<a xmlns='{SM}' h='{self.handled}'/>")
        elif kind == "a":
            self._take_ack(int(_attribute(head, "h")))

    def _take_ack(self, h: int) -> None:
        """The server has dealt with the first `h` stanzas of the session."""
        while self._sent - len(self.unacked) < h:
            id_, _ = self.unacked.popleft()
            if id_:
                self.acked.append(id_)

    def _take_message(self, frame: str, head: str) -> None:
        archived = _RESULT_ID.search(frame) if MAM in frame else None
        if archived is not None:
            inner = _INNER.search(frame)
            assert inner is not None, frame
            frame, head = inner[1], inner[1][: inner[1].find(">")]
        body, sender = _BODY.search(frame), _attribute(head, "from")
        if body is None and sender.startswith(ROOMS) and "<subject" in frame:
            self._joined.set()
        if _attribute(head, "type") == "error":
            self.refused.add(_attribute(head, "id"))
            return
        if body is None:
            return
        is_room = sender.startswith(ROOMS)
        ids = {_attribute(tag, "id") for tag in _STANZA_ID.findall(frame)}
        if archived is not None:
            ids.add(archived[1])
        if sender.partition("/")[0] == self.bare:
            return  # an own one, from the archive
        if is_room:
            self.room_heard_s = asyncio.get_running_loop().time()
        key = f"{sender.partition('/')[2] if is_room else sender.partition('/')[0]} {body[1]}"
        if ids & self.known or key in self._ids:
            self.again += 1
        else:
            (self.said_in_room if is_room else self.shown).append(body[1])
        self.known |= ids
        self._ids.add(key)
