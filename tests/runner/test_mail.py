"""A flow sends mail, by a mail server on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from app.models import FlowEffect
from app.runner.effects import mail
from tests.runner.conftest import Stage, task_of
from tests.runner.drawing import flow, node, say

pytestmark = pytest.mark.anyio


@dataclass
class Post:
    """A mail server that takes everything, or refuses who is written to."""

    port: int = 0
    refuses: bool = False
    mails: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 post\r\n")
        while line := await reader.readline():
            writer.write(await self._answer(line.upper(), reader, writer))
        writer.close()

    async def _answer(
        self, line: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bytes:
        if line.startswith(b"RCPT") and self.refuses:
            return b"550 nobody of that name\r\n"
        if line.startswith(b"DATA"):
            writer.write(b"354 go on\r\n")
            self.mails.append((await reader.readuntil(b"\r\n.\r\n")).decode())
        return b"221 bye\r\n" if line.startswith(b"QUIT") else b"250 ok\r\n"


@pytest.fixture
async def post(stage: Stage) -> AsyncIterator[Post]:
    made = Post()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    stage.configure(smtp_url=f"smtp://127.0.0.1:{made.port}")
    async with server:
        yield made


MAIL: dict[str, Any] = {"to": ["office@ngo.example"], "subject": "Hi\nBcc: x", "body": "Hello"}


async def wanted(stage: Stage) -> None:
    action = {
        "type": "send_email",
        "addresses": ["office@ngo.example"],
        "subject": "@contact.name",
        "body": "wants a call",
    }
    await stage.draw(flow("Mail", node("m", action, say("Go on"))), "mail")
    await stage.say("mail")
    await stage.call_out()
    await stage.drain()


async def test_a_flow_sends_a_mail(stage: Stage, post: Post) -> None:
    await wanted(stage)

    assert stage.heard() == ["Go on"]
    (effect,) = await stage.rows(FlowEffect)
    (mail,) = post.mails
    assert "To: office@ngo.example\r\nSubject: Asha\r\n" in mail
    assert f"Message-ID: <{effect.uuid}@localhost>\r\n" in mail
    assert mail.endswith("wants a call\r\n.\r\n")
    assert (effect.kind, effect.status) == ("send_email", "done")


async def test_a_refused_mail_is_a_failure_and_the_flow_goes_on(stage: Stage, post: Post) -> None:
    post.refuses = True
    await wanted(stage)

    assert (stage.heard(), post.mails) == (["Go on"], [])
    (effect,) = await stage.rows(FlowEffect)
    assert effect.status == "failed"
    assert effect.response["error"].startswith("the mail server did not take it:")


async def test_a_subject_is_one_line_and_an_address_no_header(stage: Stage, post: Post) -> None:
    assert (await mail.send(stage.services, task_of("send_email", MAIL))).error is None
    assert "Subject: Hi Bcc: x\r\n" in post.mails[0]

    hidden = MAIL | {"to": ["a@b.example\nBcc: x@y.example"]}
    refused = await mail.send(stage.services, task_of("send_email", hidden))
    assert (refused.error or "").startswith("the mail cannot be addressed:")
    assert len(post.mails) == 1


async def test_without_a_mail_server_the_flow_is_told(stage: Stage) -> None:
    told = await mail.send(stage.services, task_of("send_email", MAIL))

    assert told.error == "this installation sends no mail: SMTP_URL is not set"
