"""Files that are attached in the editor: kept beside those of the chat, in bounds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlmodel import select

from app.core.services import Services
from app.models import Organization
from app.models.chat import ChatAccount, ChatUpload
from tests.graphql.conftest import Client, StaffClient

pytestmark = pytest.mark.anyio

PNG = b"\x89PNG\r\n\x1a\n" + b"picture"


@pytest.fixture
async def client(staff_client: StaffClient) -> Client:
    return await staff_client(role="manager", name="Ravi")


async def attach(client: Client, name: str, content: bytes, kind: str, **more: str) -> Any:
    answer = await client.http.post(
        "/flow-editor/flow-attachment",
        files={"media": (name, content, kind)},
        data=more,
        headers={"authorization": client.token},
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def validate(client: Client, url: str, kind: str) -> Any:
    answer = await client.http.get(
        "/flow-editor/validate-media",
        params={"url": url, "type": kind},
        headers={"authorization": client.token},
    )
    return answer.json()


async def stored(services: Services) -> list[Any]:
    async with services.db.session() as session:
        return list((await session.scalars(select(ChatUpload))).all())


async def test_a_file_is_kept_and_everybody_with_its_address_can_read_it(
    client: Client, services: Services, org: Organization
) -> None:
    told = await client.http.get(
        "/flow-editor/attachments-enabled/", headers={"authorization": client.token}
    )
    made = await attach(client, "farm.png", PNG, "image/png", extension="png")
    read = await client.http.get(urlsplit(made["url"]).path)

    assert told.json() == {"is_enabled": True}
    assert made == {"url": made["url"], "type": "image", "error": None}
    assert made["url"].startswith("http://localhost:4000/upload/")
    assert (read.content, read.headers["content-type"]) == (PNG, "image/png")
    (row,) = await stored(services)
    async with services.db.session() as session:
        account = await session.get_one(ChatAccount, row.account_id)
    assert (row.organization_id, row.filename, row.size_bytes) == (org.id, "farm.png", len(PNG))
    assert (account.contact_id, account.organization_id) == (client.user.contact_id, org.id)


@pytest.mark.parametrize(("content_type", "extension", "kind"), [
    ("audio/ogg", "ogg", "audio"),
    ("video/mp4", "mp4", "video"),
    ("application/pdf", "pdf", "document"),
    ("text/csv", "csv", "document"),
    ("application/octet-stream", "jpg", "image"),
])  # fmt: skip
async def test_the_kind_of_a_file_is_that_of_its_content(
    client: Client, content_type: str, extension: str, kind: str
) -> None:
    made = await attach(client, f"a.{extension}", b"content", content_type, extension=extension)

    assert (made["type"], made["error"]) == (kind, None)


@pytest.mark.parametrize(("name", "content", "content_type", "error"), [
    ("a.exe", b"MZ", "application/x-msdownload",
     "Files of type application/x-msdownload are not taken."),
    ("a", b"?", "", "Files of type application/octet-stream are not taken."),
    ("a.png", b"", "image/png", "A file has at most 16777216 bytes."),
    ("a.png", b"x" * (5 * 1024 * 1024 + 1), "image/png",
     "A file of the kind image has at most 5242880 bytes."),
    ("a.mp4", b"x" * (16 * 1024 * 1024 + 1), "video/mp4",
     "A file of the kind video has at most 16777216 bytes."),
    ("a.pdf", b"x" * (16 * 1024 * 1024 + 1), "application/pdf",
     "A file has at most 16777216 bytes."),
], ids=["type", "no type", "empty", "image", "video", "document"])  # fmt: skip
async def test_what_is_not_taken_is_refused_in_the_editors_layout_and_not_kept(
    client: Client, services: Services, name: str, content: bytes, content_type: str, error: str
) -> None:
    made = await attach(client, name, content, content_type)

    assert made == {"url": None, "type": None, "error": error}
    assert await stored(services) == []


async def test_a_form_that_is_too_long_is_not_read(client: Client, services: Services) -> None:
    headers = {"authorization": client.token, "content-type": "multipart/form-data; boundary=x"}

    async def endless() -> Any:
        yield b"--x\r\n"
        raise AssertionError("the form was read")

    for length in (None, str(17 * 1024 * 1024)):
        answer = await client.http.post(
            "/flow-editor/flow-attachment",
            content=endless(),
            headers=headers | ({"content-length": length} if length else {}),
        )
        assert answer.json()["error"] == "A file has at most 16777216 bytes."
    assert await stored(services) == []


@pytest.mark.parametrize(("body", "error"), [
    (b"", "There is no file in the form"),
    (b'--x\r\nContent-Disposition: form-data; name="media"\r\n\r\ntext\r\n--x--\r\n',
     "There is no file in the form"),
    (b"no form", "This is not a form with one file"),
    (b"".join(
        b'--x\r\nContent-Disposition: form-data; name="media"; filename="%d"\r\n\r\na\r\n' % n
        for n in range(2)) + b"--x--\r\n",
     "This is not a form with one file"),
])  # fmt: skip
async def test_a_form_without_one_file_is_refused(
    client: Client, services: Services, body: bytes, error: str
) -> None:
    headers = {"authorization": client.token, "content-type": "multipart/form-data; boundary=x"}

    answer = await client.http.post("/flow-editor/flow-attachment", content=body, headers=headers)

    assert answer.json() == {"url": None, "type": None, "error": error}
    assert await stored(services) == []


async def test_a_file_of_ours_is_looked_at_without_a_request(client: Client) -> None:
    made = await attach(client, "farm.png", PNG, "image/png")
    token = urlsplit(made["url"]).path.split("/")[2]
    base = made["url"].partition(token)[0]

    assert await validate(client, made["url"], "image") == {"is_valid": True, "message": "success"}
    assert await validate(client, made["url"], "audio") == {
        "is_valid": False, "message": "Media content-type image/png is not valid for type audio",
    }  # fmt: skip
    for other in (f"{base}{token}/forged/farm.png", f"{base}nothing", base):
        assert await validate(client, other, "image") == {
            "is_valid": False, "message": "This media URL answers with status 404",
        }  # fmt: skip


async def test_a_person_attaches_no_more_in_a_day_than_in_the_chat(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The limit is 200; the rule is the same with one.
    monkeypatch.setattr("app.domain.chat.uploads.MAX_PER_DAY", 1)

    first = await attach(client, "a.png", PNG, "image/png")
    second = await attach(client, "b.png", PNG, "image/png")

    assert (first["error"], second["error"]) == (None, "That is enough for a day.")


async def test_an_installation_may_take_less(client: Client, services: Services) -> None:
    client.app.state.services = replace(
        services, config=replace(services.config, upload_max_bytes=4)
    )

    made = await attach(client, "a.png", b"12345", "image/png")

    assert made["error"] == "A file has at most 4 bytes."
