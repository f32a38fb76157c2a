"""Files go into slots and come out of them; discovery says where the chat is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import httpx
import pytest

from app.core.clock import FrozenClock
from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.chat import uploads
from app.domain.chat.uploads import Slot, Wanted
from app.models import Organization
from app.models.chat import ChatAccount

pytestmark = pytest.mark.anyio


async def slot(services: Services, org: Organization, **changes: object) -> Slot:
    wanted = {"filename": "farm é.jpg", "size_bytes": 5, "content_type": "image/jpeg"} | changes
    async with unit_of_work(services, org_id=org.id) as ctx:
        account = ChatAccount(organization_id=org.id, username="kiran", domain="localhost")
        ctx.session.add(account)
        await ctx.session.flush()
        return await uploads.request_slot(ctx, account.id, Wanted(**wanted))  # type: ignore[arg-type]


def path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


async def test_a_file_goes_in_once_and_comes_out(
    http: httpx.AsyncClient, services: Services, org: Organization
) -> None:
    where = await slot(services, org)

    before = await http.get(path(where.get_url))
    put = await http.put(
        path(where.put_url), content=b"hello", headers={"content-type": "image/jpeg"}
    )
    again = await http.put(path(where.put_url), content=b"other")
    got = await http.get(path(where.get_url))

    assert [before.status_code, put.status_code, again.status_code] == [404, 201, 409]
    assert (got.content, got.headers["content-type"]) == (b"hello", "image/jpeg")
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["content-disposition"].startswith("inline")


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"hello!", {}, 413),
        (b"hell", {}, 413),
        (b"hello", {"content-type": "text/html"}, 415),
    ],
)
async def test_only_the_file_that_the_slot_is_for_goes_in(
    http: httpx.AsyncClient,
    services: Services,
    org: Organization,
    content: bytes,
    headers: dict[str, str],
    status: int,
) -> None:
    where = await slot(services, org)

    put = await http.put(path(where.put_url), content=content, headers=headers)
    got = await http.get(path(where.get_url))

    assert (put.status_code, got.status_code) == (status, 404)


async def test_an_address_that_we_did_not_sign_is_nothing(
    http: httpx.AsyncClient, services: Services, org: Organization
) -> None:
    where = await slot(services, org)
    token = path(where.get_url).split("/")[2]

    forged = await http.get(f"/upload/{token}/{'0' * 33}/farm.jpg")
    unsigned = await http.put(path(where.get_url), content=b"hello")

    assert (forged.status_code, unsigned.status_code) == (404, 403)


async def test_what_a_browser_could_run_is_offered_for_saving(
    http: httpx.AsyncClient, services: Services, org: Organization
) -> None:
    where = await slot(services, org, filename="a.html", content_type="text/html")

    await http.put(path(where.put_url), content=b"hello")
    got = await http.get(path(where.get_url))

    assert got.headers["content-disposition"].startswith("attachment")
    assert got.headers["content-security-policy"] == "default-src 'none'; sandbox"


async def test_discovery_names_the_socket(http: httpx.AsyncClient) -> None:
    """XEP-0156 3."""
    as_json = await http.get("/.well-known/host-meta.json")
    as_xml = await http.get("/.well-known/host-meta")

    link = {"rel": "urn:xmpp:alt-connections:websocket", "href": "ws://localhost:5280/xmpp"}
    assert as_json.json() == {"links": [link]}
    assert as_json.headers["access-control-allow-origin"] == "*"
    assert f'href="{link["href"]}"' in as_xml.text


@pytest.mark.parametrize(
    ("keep_days", "days", "is_stored", "gone"),
    [
        (0, 1000, True, 0),
        (0, 0.9, False, 0),
        (0, 1.1, False, 1),
        (30, 29, True, 0),
        (30, 31, True, 1),
    ],
)
async def test_uploads_go_when_their_days_are_over(
    http: httpx.AsyncClient,
    services: Services,
    org: Organization,
    clock: FrozenClock,
    keep_days: int,
    days: float,
    is_stored: bool,
    gone: int,
) -> None:
    where = await slot(services, org)
    if is_stored:
        assert (await http.put(path(where.put_url), content=b"hello")).status_code == 201
    clock.advance(timedelta(days=days))
    keeping = replace(services, config=replace(services.config, upload_keep_days=keep_days))

    assert await uploads.remove_old(keeping) == gone

    got = await http.get(path(where.get_url))
    files = [item for item in (services.config.data_dir / "uploads").rglob("*") if item.is_file()]
    is_left = is_stored and not gone
    assert (got.status_code, len(files)) == ((200, 1) if is_left else (404, 0))
