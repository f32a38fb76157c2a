"""What hostile servers, flows and people may try on the host: it fails, soon, and people go on.

The servers are real ones on loopback, of which 127.0.0.1 is allowed and 127.0.0.2 is not.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import pytest

from app.core.errors import Invalid
from app.core.http import MAX_ANSWER_BYTES
from app.domain.flow_definitions.revisions import publish_flow
from app.domain.flow_definitions.service import create_flow
from app.domain.flow_definitions.transfer import import_flows
from app.models import Flow, FlowEffect, WebhookLog
from tests.runner.conftest import Stage
from tests.runner.drawing import Json, ask, call, flow, node, say, uid

pytestmark = pytest.mark.anyio

#: Seconds. Each takes far less; without a bound it would take minutes or the machine's memory.
SOON_S = 10
MB = 1024 * 1024
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"


@dataclass
class Seen:
    """What a server was asked, and how much it got rid of."""

    url: str = ""
    asked: int = 0
    sent_bytes: int = 0

    async def give(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        """Write `data`, as long as somebody reads."""
        writer.write(data)
        await writer.drain()
        self.sent_bytes += len(data)


@asynccontextmanager
async def server(host: str, says: Callable[[Seen, asyncio.StreamWriter], Awaitable[None]]) -> Any:
    """A server that answers whatever it is asked by `says`."""
    seen = Seen()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        seen.asked += 1
        try:
            await says(seen, writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(serve, host, 0)
    seen.url = f"http://{host}:{listening.sockets[0].getsockname()[1]}/hook"
    try:
        yield seen
    finally:
        listening.close()


async def good(seen: Seen, writer: asyncio.StreamWriter) -> None:
    await seen.give(writer, HEAD + b'content-length: 13\r\n\r\n{"message":1}')


def calling(url: str) -> Json:
    return flow(
        "Calling",
        node("q", say("Ready?"), to="a"),
        ask("a", "ready", to="call"),
        call("call", url, "answer", to="good", failed="bad"),
        node("good", say("Answered @results.answer.message")),
        node("bad", say("No answer today")),
    )


async def call_of(stage: Stage, url: str) -> WebhookLog:
    """What the log says of a call of `url`, after the person was told that there is no answer."""
    await stage.draw(calling(url), "call")
    await stage.say("call")
    await stage.say("yes")
    started = perf_counter()
    await stage.call_out()
    await stage.drain()

    assert perf_counter() - started < SOON_S
    assert stage.heard() == ["Ready?", "No answer today"]
    assert (await stage.session()).status == "completed"
    (effect,) = await stage.rows(FlowEffect)
    assert (effect.status, effect.attempts) == ("failed", 1)
    (row,) = await stage.rows(WebhookLog)
    return row  # type: ignore[no-any-return]  # the stage reads any model


@pytest.fixture
async def private() -> AsyncIterator[Seen]:
    """A server of this machine that flows must not reach."""
    async with server("127.0.0.2", good) as seen:
        yield seen


# -- servers


@pytest.mark.parametrize(
    "name", ["127.0.0.2", "2130706434", "0x7f.0.0.2", "127.0.2", "[::ffff:127.0.0.2]"]
)
async def test_a_webhook_does_not_reach_a_private_address_however_written(
    stage: Stage, private: Seen, name: str
) -> None:
    row = await call_of(stage, private.url.replace("127.0.0.2", name))

    assert (row.status_code, private.asked) == (None, 0)
    assert "private address" in str(row.error)


@pytest.mark.parametrize("address", ["10.0.0.1", "192.168.1.1", "169.254.169.254", "[fd00::1]"])
async def test_a_webhook_does_not_reach_networks_behind_the_machine(
    stage: Stage, address: str
) -> None:
    row = await call_of(stage, f"http://{address}/latest/meta-data")

    assert (row.status_code, "private address" in str(row.error)) == (None, True)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_to_a_private_address_is_not_followed(
    stage: Stage, private: Seen, status: int
) -> None:
    async def elsewhere(seen: Seen, writer: asyncio.StreamWriter) -> None:
        there = f"location: {private.url}\r\ncontent-length: 0\r\n\r\n"
        await seen.give(writer, f"HTTP/1.1 {status} X\r\n{there}".encode())

    async with server("127.0.0.1", elsewhere) as seen:
        row = await call_of(stage, seen.url)

    assert (row.status_code, row.error) == (status, f"the server answered {status}")
    assert (seen.asked, private.asked) == (1, 0)


@pytest.mark.parametrize("told", [True, False], ids=["length told", "length not told"])
async def test_an_answer_of_100_mb_is_not_read(stage: Stage, told: bool) -> None:
    async def endless(seen: Seen, writer: asyncio.StreamWriter) -> None:
        length = f"content-length: {100 * MB}\r\n" if told else ""
        writer.write(HEAD + f"{length}connection: close\r\n\r\n".encode())
        for _ in range(100):
            await seen.give(writer, b" " * MB)

    async with server("127.0.0.1", endless) as seen:
        row = await call_of(stage, seen.url)

    assert row.error == f"answer over {MAX_ANSWER_BYTES} bytes"
    # What the system's buffers hold has left the server and nobody has read it.
    assert seen.sent_bytes < 20 * MB


async def test_a_small_answer_that_unpacks_to_100_mb_is_not_read(stage: Stage) -> None:
    """A compressed answer is counted as it unpacks."""
    packer = zlib.compressobj(wbits=31)
    packed = b"".join(packer.compress(b" " * MB) for _ in range(100)) + packer.flush()

    async def bomb(seen: Seen, writer: asyncio.StreamWriter) -> None:
        about = f"content-encoding: gzip\r\ncontent-length: {len(packed)}\r\n\r\n"
        await seen.give(writer, HEAD + about.encode() + packed)

    async with server("127.0.0.1", bomb) as seen:
        row = await call_of(stage, seen.url)

    assert len(packed) < MB
    assert row.error == f"answer over {MAX_ANSWER_BYTES} bytes"


@pytest.mark.parametrize("part", ["head", "body"])
async def test_a_slow_answer_ends_when_its_time_is_over(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    # The rule is the same with a second as with the fifteen that a call has.
    monkeypatch.setattr("flows.actions.call_webhook.WEBHOOK_TIMEOUT_S", 1)

    async def drip(seen: Seen, writer: asyncio.StreamWriter) -> None:
        await seen.give(writer, HEAD if part == "head" else HEAD + b"\r\n{")
        for _ in range(600):
            await seen.give(writer, b"x-more: 1\r\n" if part == "head" else b" ")
            await asyncio.sleep(0.05)

    async with server("127.0.0.1", drip) as seen:
        row = await call_of(stage, seen.url)

    assert row.error == "no answer within 1 s"


@pytest.mark.parametrize(
    "body", ["[" * 100_000 + "]" * 100_000, '{"a":' * 20_000 + "1" + "}" * 20_000]
)
async def test_a_deep_answer_is_no_answer(stage: Stage, body: str) -> None:
    async def deep(seen: Seen, writer: asyncio.StreamWriter) -> None:
        await seen.give(writer, HEAD + f"content-length: {len(body)}\r\n\r\n{body}".encode())

    async with server("127.0.0.1", deep) as seen:
        row = await call_of(stage, seen.url)

    assert (row.status_code, row.error) == (200, "the answer is not a JSON object")


# -- flows and people


@pytest.mark.parametrize(
    "text",
    [
        '@(contact.__class__) @(contact["__init__"]["__globals__"].x) @contact.__class__.__mro__',
        '<%= System.cmd("id", []) %>',
        '@(regex_match(repeat("a", 10000), "(a*)*b"))',
        '@(repeat(repeat("x", 10000), 10000))',
        "@(((f) => f(f))((f) => f(f)))",
    ],
    ids=["python", "code", "pattern", "size", "recursion"],
)
async def test_a_hostile_text_is_sent_without_what_it_asked_for(stage: Stage, text: str) -> None:
    await stage.draw(flow("Hostile", node("a", say(f"Hello {text}"), say("Bye"))), "go")

    started = perf_counter()
    await stage.say("go")

    hello, bye = stage.heard()
    assert perf_counter() - started < SOON_S
    assert (hello[:5], bye, (await stage.session()).status) == ("Hello", "Bye", "completed")
    assert [word for word in ("<class", "uid=", "xxxx", "aaaa") if word in hello] == []


async def test_flows_that_enter_each_other_without_end_end(stage: Stage) -> None:
    def entering(name: str, other: str) -> Json:
        there = {"type": "enter_flow", "flow": {"uuid": uid(f"flow {other}"), "name": other}}
        return flow(name, node(f"in {name}", there)) | {"uuid": uid(f"flow {name}")}

    await stage.draw(entering("One", "Two"))
    await stage.draw(entering("Two", "One"), "go")

    await stage.say("go")

    session = await stage.session()
    assert (session.status, session.end_reason) == ("failed", "step_limit")


async def test_what_a_person_writes_is_never_evaluated(stage: Stage) -> None:
    await stage.draw(
        flow(
            "Echo",
            node("q", say("Say"), to="a"),
            ask("a", "said", to="e"),
            node("e", say("@results.said")),
        ),
        "echo",
    )
    wrote = "@(1 + 1) @contact.phone <%= 1 + 1 %> {{1}} __class__"

    await stage.say("echo")
    await stage.say(wrote)

    assert stage.heard() == ["Say", wrote]


async def test_a_flow_of_10_000_nodes_is_kept_as_a_draft_at_most(stage: Stage) -> None:
    many = [node(str(number), say("x"), to=str(number + 1)) for number in range(10_000)]

    started = perf_counter()
    published = False
    try:
        async with stage.work() as ctx:
            row = await create_flow(ctx, {"name": "Many", "uuid": uid("many")}, flow("Many", *many))
            published = (await publish_flow(ctx, row.uuid)).is_published
    except Invalid:
        pass

    assert perf_counter() - started < SOON_S
    assert published is False
    assert [row for row in await stage.rows(Flow) if row.published_revision_id] == []


@pytest.mark.parametrize("depth", [100, 5000])
async def test_a_deep_definition_is_refused(stage: Stage, depth: int) -> None:
    deep: Any = "x"
    for _ in range(depth):
        deep = [deep]
    definition = flow("Deep", node("a", say("x", more=deep)))

    with pytest.raises(Invalid, match="nested too deeply"):
        async with stage.work() as ctx:
            await import_flows(ctx, definition)

    assert await stage.rows(Flow) == []
