"""How long a person waits: from the stanza he sends to the stanza that answers it.

    python -m tests.bench.conversation --gateway 5280 --rates 10,50 --seconds 20

Runs against a `samvad up` on this machine that holds the demo organization: its forty people send
`help`, or the words of `--says`, in turn, at a steady rate, over plain WebSockets. Every answer is
matched to its question by person, and a person asks again only when he was answered. Loopback only;
ends by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import re
import statistics
from dataclasses import dataclass, field
from time import perf_counter

import websockets
from websockets.asyncio.client import ClientConnection
from websockets.typing import Subprotocol

OPEN = '<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="{domain}" version="1.0"/>'
SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
MAX_SECONDS = 300


@dataclass
class Person:
    """One client. `asked_at` is set while he waits for an answer."""

    number: int
    socket: ClientConnection
    asked_at: float | None = None
    waits_s: list[float] = field(default_factory=list)
    asked: int = 0

    async def read(self) -> None:
        async for frame in self.socket:
            text = str(frame)
            if text.startswith("<message") and "<body" in text and self.asked_at is not None:
                self.waits_s.append(perf_counter() - self.asked_at)
                self.asked_at = None

    async def ask(self, ngo: str, words: tuple[str, ...] = ("help",)) -> None:
        """Say the next of `words`, the first after the last."""
        text = words[self.asked % len(words)]
        self.asked += 1
        self.asked_at = perf_counter()
        await self.socket.send(
            f'<message xmlns="jabber:client" to="{ngo}" type="chat" '
            f'id="b{self.number}-{self.asked}-{self.asked_at}"><body>{text}</body></message>'
        )


async def login(url: str, domain: str, username: str, password: str, number: int) -> Person:
    socket = await websockets.connect(
        url, subprotocols=[Subprotocol("xmpp")], ping_interval=None, max_queue=None
    )
    token = base64.b64encode(f"\0{username}\0{password}".encode()).decode()
    await say(socket, OPEN.format(domain=domain), "features")
    await say(socket, f'<auth xmlns="{SASL}" mechanism="PLAIN">{token}</auth>', "<success")
    await say(socket, OPEN.format(domain=domain), "features")
    bind = '<bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><resource>bench</resource></bind>'
    await say(socket, f'<iq xmlns="jabber:client" type="set" id="b">{bind}</iq>', "<jid")
    await socket.send('<presence xmlns="jabber:client"/>')
    return Person(number, socket)


async def say(socket: ClientConnection, text: str, until: str) -> None:
    """Send `text` and read frames until one holds `until`. Raises RuntimeError at a refusal."""
    await socket.send(text)
    while True:
        frame = str(await asyncio.wait_for(socket.recv(), 10))
        if until in frame:
            return
        if re.search("<failure|<stream:error|<close", frame):
            raise RuntimeError(frame)


async def measure(
    people: list[Person], ngo: str, words: tuple[str, ...], rate: float, seconds: float
) -> str:
    """One line of figures: asked, answered, p50, p95, worst, all in milliseconds."""
    for person in people:
        person.waits_s.clear()
        person.asked_at = None
    started, sent, skipped = perf_counter(), 0, 0
    while (elapsed := perf_counter() - started) < seconds:
        if sent + skipped < elapsed * rate:
            person = people[(sent + skipped) % len(people)]
            if person.asked_at is None:
                await person.ask(ngo, words)
                sent += 1
            else:
                skipped += 1
        else:
            await asyncio.sleep(0.001)
    await asyncio.sleep(3)
    waits = sorted(wait * 1000 for person in people for wait in person.waits_s)
    if len(waits) < 2:
        return f"{rate:g}/s: {sent} asked, {len(waits)} answered"
    p95 = statistics.quantiles(waits, n=20)[-1]
    return (
        f"{rate:g}/s for {seconds:g} s: {sent} asked, {len(waits)} answered, {skipped} not asked "
        f"(still waiting); p50 {statistics.median(waits):.0f} ms, p95 {p95:.0f} ms, "
        f"worst {waits[-1]:.0f} ms"
    )


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--gateway", type=int, default=5280, help="port on loopback")
    parser.add_argument("--domain", default="localhost")
    parser.add_argument("--ngo", default="asha@localhost")
    parser.add_argument("--password", default="samvad-demo")
    parser.add_argument("--people", type=int, default=40)
    parser.add_argument("--first-phone", type=int, default=917100000001)
    parser.add_argument("--rates", default="10,50", help="messages a second, comma-separated")
    parser.add_argument("--says", default="help", help="what each says in turn, comma-separated")
    parser.add_argument("--seconds", type=float, default=20)
    options = parser.parse_args()
    words = tuple(options.says.split(","))
    url = f"ws://127.0.0.1:{options.gateway}/xmpp"
    people = [
        await login(url, options.domain, str(options.first_phone + n), options.password, n)
        for n in range(options.people)
    ]
    readers = [asyncio.create_task(person.read()) for person in people]
    for rate in options.rates.split(","):
        seconds = min(options.seconds, MAX_SECONDS)
        print(await measure(people, options.ngo, words, float(rate), seconds), flush=True)
    for reader in readers:
        reader.cancel()


if __name__ == "__main__":
    asyncio.run(main())
