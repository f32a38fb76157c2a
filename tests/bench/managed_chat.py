"""People who write to each other, every stanza counted and acknowledged (XEP-0198) on both sides.

    python -m tests.bench.managed_chat --url ws://127.0.0.1:5280/xmpp --people 200 --rate 2000

Pairs of accounts `u0`, `u1`, ... with one password log in by PLAIN and enable stream management. One
of each pair writes to the other, at a steady rate of all together, or with `--window` messages of
each under way. Told are the time to the receiver, and the time until the server says that it has
the message: it says so when the message is committed. Loopback only; ends by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter

import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

MAX_SECONDS = 120
#: A client asks what the server has after so many of its messages, and says after so many what it has.
ASK_EVERY = 5
SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
SM = "urn:xmpp:sm:3"
_SENT_AT = re.compile(r"<body>([0-9.]+) ")
_HANDLED = re.compile(r"h=['\"](\d+)['\"]")
_STANZAS = ("<message", "<iq", "<presence")


@dataclass
class Figures:
    """What all clients saw while `is_counting`."""

    is_counting: bool = False
    sent: int = 0
    received: int = 0
    to_receiver_s: list[float] = field(default_factory=list)
    to_acknowledged_s: list[float] = field(default_factory=list)


class Client(WSListener):  # type: ignore[misc]  # picows is written in Cython
    """One client; it answers when it is asked what it has."""

    def __init__(self, figures: Figures) -> None:
        super().__init__()
        self.figures = figures
        self.heard: asyncio.Queue[str] = asyncio.Queue()
        self.jid = ""
        self.handled = 0
        #: When each message was sent that the server has not acknowledged, oldest first.
        self.unacked: deque[float] = deque()
        self.acked = 0
        self.written = 0
        self.is_up = False
        self.on_message: Callable[[], None] | None = None

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.PING:
            transport.send_pong(frame.get_payload_as_bytes())
            return
        if frame.msg_type != WSMsgType.TEXT:
            transport.disconnect()
            return
        text = frame.get_payload_as_utf8_text()
        if not self.is_up:
            self.heard.put_nowait(text)
        elif text.startswith(_STANZAS):
            self.handled += 1
            self._take(text)
        elif text.startswith("<r"):
            self.say(f"<a xmlns='{SM}' h='{self.handled}'/>")
        elif text.startswith("<a"):
            self._acknowledge(text)

    def say(self, text: str) -> None:
        self.transport.send(WSMsgType.TEXT, text.encode())

    async def expect(self, word: str) -> str:
        while word not in (text := await asyncio.wait_for(self.heard.get(), 30)):
            if "failure" in text or "error" in text:
                raise RuntimeError(text)
        return text

    async def log_in(self, domain: str, name: str, password: str) -> None:
        opening = f"<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='{domain}' version='1.0'/>"
        claim = base64.b64encode(f"\0{name}\0{password}".encode()).decode()
        self.say(opening)
        await self.expect("features")
        self.say(f"<auth xmlns='{SASL}' mechanism='PLAIN'>{claim}</auth>")
        await self.expect("<success")
        self.say(opening)
        await self.expect("features")
        self.say(
            "<iq xmlns='jabber:client' type='set' id='b'>"
            "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>bench</resource></bind></iq>"
        )
        found = re.search("<jid>([^<]+)", await self.expect("<jid>"))
        assert found is not None, "expected above"
        self.jid = found[1]
        self.say(f"<enable xmlns='{SM}' resume='true'/>")
        await self.expect("<enabled")
        self.is_up = True
        self.say("<presence xmlns='jabber:client'/>")
        self.unacked.append(0.0)

    def write(self, to: str, padding: str) -> None:
        now = perf_counter()
        self.figures.sent += 1
        self.written += 1
        self.unacked.append(now)
        self.say(
            f"<message xmlns='jabber:client' to='{to}' type='chat' id='{self.figures.sent}'>"
            f"<body>{now} {padding}</body></message>"
        )
        if self.written % ASK_EVERY == 0:
            self.say(f"<r xmlns='{SM}'/>")

    def _take(self, text: str) -> None:
        found = _SENT_AT.search(text)
        if found is None or "type='error'" in text or 'type="error"' in text:
            return
        self.figures.received += 1
        if self.figures.is_counting:
            self.figures.to_receiver_s.append(perf_counter() - float(found[1]))
        if self.on_message is not None:
            self.on_message()

    def _acknowledge(self, text: str) -> None:
        found = _HANDLED.search(text)
        assert found is not None, text
        sent_at = 0.0
        for _ in range(int(found[1]) - self.acked):
            sent_at = self.unacked.popleft()
        # The last of them is the one after which it was asked.
        if sent_at and self.figures.is_counting:
            self.figures.to_acknowledged_s.append(perf_counter() - sent_at)
        self.acked = int(found[1])

    def leave(self) -> None:
        """Nothing is owed to this client, and nobody waits for it."""
        self.say(f"<a xmlns='{SM}' h='{self.handled}'/>")
        self.say("<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>")


async def connect(given: argparse.Namespace, figures: Figures) -> list[Client]:
    """Everybody is online, in the order of the names."""
    turns = asyncio.Semaphore(20)

    async def one(number: int) -> Client:
        async with turns:
            made = Client(figures)
            headers = {"Sec-WebSocket-Protocol": "xmpp"}
            await ws_connect(lambda: made, given.url, extra_headers=headers)
            await made.log_in(given.domain, f"{given.prefix}{number}", given.password)
            return made

    return list(await asyncio.gather(*map(one, range(given.people // 2 * 2))))


async def pace(given: argparse.Namespace, writers: list[Callable[[], None]], end: float) -> None:
    """Messages at the rate, until the end."""
    begun, written = perf_counter(), 0
    while (now := perf_counter()) < end:
        while written < (now - begun) * given.rate:
            writers[written % len(writers)]()
            written += 1
        await asyncio.sleep(0.002)


async def run(given: argparse.Namespace) -> dict[str, object]:
    figures = Figures()
    people = await connect(given, figures)
    await asyncio.sleep(1)
    padding = "x" * given.body_bytes
    writers = []
    end = perf_counter() + given.warmup + given.seconds
    for writer, reader in zip(people[::2], people[1::2], strict=True):

        def write(writer: Client = writer, reader: Client = reader) -> None:
            if perf_counter() < end:
                writer.write(reader.jid, padding)

        writers.append(write)
        if not given.rate:
            reader.on_message = write
    if not given.rate:
        for write in writers * given.window:
            write()
    paced = asyncio.create_task(pace(given, writers if given.rate else [lambda: None], end))
    await asyncio.sleep(given.warmup)
    figures.is_counting = True
    before, begun = figures.received, perf_counter()
    await asyncio.sleep(end - perf_counter())
    rate = (figures.received - before) / (perf_counter() - begun)
    figures.is_counting = False
    await paced
    await asyncio.sleep(1.5)
    for client in people:
        client.leave()
    await asyncio.sleep(1)
    return {
        "people": len(people),
        "offered": given.rate or f"window {given.window}",
        "delivered_per_s": round(rate),
        "lost": figures.sent - figures.received,
        **_percentiles("received", figures.to_receiver_s),
        **_percentiles("acknowledged", figures.to_acknowledged_s),
    }


def _percentiles(name: str, times_s: list[float]) -> dict[str, float]:
    ordered = sorted(times_s) or [0.0]
    return {
        f"{name}_p{part}_ms": round(1000 * ordered[len(ordered) * part // 100], 2)
        for part in (50, 90, 99)
    }


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--url", default="ws://127.0.0.1:5280/xmpp")
    asked.add_argument("--domain", default="localhost")
    asked.add_argument("--prefix", default="u")
    asked.add_argument("--password", default="pw")
    asked.add_argument("--people", type=int, default=200)
    asked.add_argument("--rate", type=float, default=0.0)
    asked.add_argument("--window", type=int, default=4)
    asked.add_argument("--seconds", type=float, default=8.0)
    asked.add_argument("--warmup", type=float, default=2.0)
    asked.add_argument("--body-bytes", type=int, default=76)
    given = asked.parse_args()
    given.seconds = min(given.seconds, MAX_SECONDS)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(run(given))))


if __name__ == "__main__":
    main()
