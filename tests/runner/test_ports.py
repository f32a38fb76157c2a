"""A sheet is read from a real server on loopback, and a mail goes to one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from app.models import FlowEffect, FlowTrace, WebhookLog
from app.runner.ports import csv_url, find_row, send_email
from tests.runner.conftest import Stage
from tests.runner.drawing import Json, flow, node, say
from tests.runner.test_webhooks import Ngo, ngo

pytestmark = pytest.mark.anyio
__all__ = ["ngo"]


def prices(url: str) -> Json:
    action = {
        "type": "link_google_sheet",
        "action_type": "READ",
        "sheet_id": "1",
        "url": url,
        "row": "Rice",
        "result_name": "price",
    }
    return flow("Prices", node("read", action, say("Costs @results.price.rupees")))


async def test_a_row_of_a_sheet_becomes_a_result(stage: Stage, ngo: Ngo) -> None:
    ngo.body = "name,rupees\nwheat,30\nrice,45\n"
    await stage.draw(prices(ngo.url), "prices")
    await stage.say("prices")
    await stage.call_out()
    await stage.drain()

    assert stage.heard() == ["Costs 45"]
    (effect,) = await stage.rows(FlowEffect)
    assert (effect.kind, effect.status) == ("read_sheet", "done")
    assert await stage.rows(WebhookLog) == []
    answer = (await stage.rows(FlowTrace))[-1].entries[0]
    assert (answer["cause"], answer["body"]) == ("answer", '{"name": "rice", "rupees": "45"}')


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (200, "name,rupees\nwheat,30\n", "the sheet has no such row"),
        (404, "", "the sheet's server answered 404"),
    ],
)
async def test_a_sheet_without_the_row_is_a_failure(
    stage: Stage, ngo: Ngo, status: int, body: str, error: str
) -> None:
    ngo.status, ngo.body = status, body
    await stage.draw(prices(ngo.url), "prices")
    await stage.say("prices")
    await stage.call_out()
    await stage.drain()

    (effect,) = await stage.rows(FlowEffect)
    assert (effect.status, effect.response["error"]) == ("failed", error)
    state = (await stage.session()).state
    assert state["runs"][0]["results"]["price"]["category"] == "Failure"


def test_a_row_is_found_by_its_first_column_whatever_its_case() -> None:
    text = "\ufeffName,Age\n ASHA ,34\nasha,35\n"

    assert find_row(text, "asha") == {"Name": " ASHA ", "Age": "34"}
    assert find_row("", "asha") is None


@pytest.mark.parametrize(
    ("url", "csv"),
    [
        ("https://x.example/a.csv", "https://x.example/a.csv"),
        (
            "https://docs.google.com/spreadsheets/d/abc/edit#gid=0",
            "https://docs.google.com/spreadsheets/d/abc/export?format=csv",
        ),
        (
            "https://docs.google.com/spreadsheets/d/e/abc/pubhtml",
            "https://docs.google.com/spreadsheets/d/e/abc/pub?output=csv",
        ),
    ],
)
def test_a_sheets_page_has_an_address_as_csv(url: str, csv: str) -> None:
    assert csv_url(url) == csv


# -- mail


@dataclass
class Post:
    """A mail server that takes everything."""

    port: int = 0
    mails: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 post\r\n")
        while line := await reader.readline():
            if line.upper().startswith(b"DATA"):
                writer.write(b"354 go on\r\n")
                self.mails.append((await reader.readuntil(b"\r\n.\r\n")).decode())
            writer.write(b"221 bye\r\n" if line.upper().startswith(b"QUIT") else b"250 ok\r\n")
        writer.close()


@pytest.fixture
async def post() -> AsyncIterator[Post]:
    made = Post()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    async with server:
        yield made


MAIL: dict[str, Any] = {"to": ["office@ngo.example"], "subject": "Hi\nBcc: x", "body": "Hello"}


async def test_a_flow_sends_a_mail(stage: Stage, post: Post) -> None:
    object.__setattr__(stage.services.config, "smtp_url", f"smtp://127.0.0.1:{post.port}")
    action = {
        "type": "send_email",
        "addresses": ["office@ngo.example"],
        "subject": "@contact.name",
        "body": "wants a call",
    }
    await stage.draw(flow("Mail", node("m", action, say("Sent"))), "mail")
    await stage.say("mail")
    await stage.call_out()
    await stage.drain()

    assert stage.heard() == ["Sent"]
    (mail,) = post.mails
    assert "To: office@ngo.example\r\nSubject: Asha\r\n" in mail
    assert mail.endswith("wants a call\r\n.\r\n")


async def test_a_subject_is_one_line(stage: Stage, post: Post) -> None:
    object.__setattr__(stage.services.config, "smtp_url", f"smtp://127.0.0.1:{post.port}")

    assert (await send_email(stage.services, MAIL)).error is None
    assert "Subject: Hi Bcc: x\r\n" in post.mails[0]
    refused = await send_email(stage.services, MAIL | {"to": ["a@b.example\nBcc: x@y.example"]})
    assert refused.error is not None
    assert len(post.mails) == 1


async def test_without_a_mail_server_the_flow_is_told(stage: Stage) -> None:
    told = await send_email(stage.services, MAIL)

    assert told.error == "this installation sends no mail: SMTP_URL is not set"
