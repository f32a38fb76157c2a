"""Every path of the client API, and each way in which it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rest.client_api import MEERA, MUCLIGHT, PASSWORD, RAVI, ZOYA, Api

pytestmark = pytest.mark.anyio

SETTINGS = {"name": "Wells", "subject": "Dry"}
NO_ROOM = f"There is no room none@{MUCLIGHT}"
NO_MEMBER = "You are no member of the room."
#: Path, and the methods that it has.
PATHS = {
    "/messages": ("GET", "POST"),
    f"/messages/{RAVI}": ("GET",),
    "/rooms": ("GET", "POST"),
    "/rooms/wells": ("GET", "PUT"),
    "/rooms/wells/config": ("PUT",),
    "/rooms/wells/users": ("POST",),
    f"/rooms/wells/users/{RAVI}": ("DELETE",),
    "/rooms/wells/messages": ("GET", "POST"),
    "/contacts": ("GET", "POST", "DELETE"),
    f"/contacts/{RAVI}": ("PUT", "DELETE"),
    "/sse": ("GET",),
}


@pytest.fixture
async def rooms(api: Api) -> Api:
    """Meera's room, with Ravi in it and Zoya not."""
    await api.call(MEERA, "PUT", "/rooms/wells", SETTINGS)
    await api.call(MEERA, "POST", "/rooms/wells/users", {"user": RAVI})
    return api


@pytest.mark.parametrize(
    ("path", "method"), [(path, method) for path, methods in PATHS.items() for method in methods]
)
async def test_every_path_asks_who_calls(api: Api, path: str, method: str) -> None:
    answer = await api.http.request(method, f"/api{path}")
    preflight = await api.http.request("OPTIONS", f"/api{path}")

    assert (answer.status_code, answer.headers["www-authenticate"]) == (
        401,
        'Basic realm="mongooseim"',
    )
    assert preflight.status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("POST", "/messages", {"to": RAVI, "body": ""}, (400, "Invalid message body")),
        ("POST", "/messages", {"to": RAVI, "body": 7}, (400, "Invalid message body")),
        ("POST", "/messages", {"to": "localhost", "body": "x"}, (400, "Invalid recipient JID")),
        ("POST", "/messages", [1], (400, "Invalid request body")),
        ("GET", "/messages?limit=x", None, (400, "Invalid limit")),
        ("GET", "/messages?before=-1", None, (400, "Invalid value of before")),
        ("GET", f"/messages/{RAVI}?limit=-1", None, (400, "Invalid limit")),
        ("POST", "/rooms", {"name": "x"}, (400, "Missing room subject")),
        ("POST", "/rooms", {"name": 7, "subject": "x"}, (400, "Invalid room name")),
        ("PUT", "/rooms/a@@b", SETTINGS, (400, "Invalid room ID")),
        ("PUT", "/rooms/a@elsewhere", SETTINGS, (400, "Invalid MUC Light domain")),
        ("PUT", "/rooms/none/config", SETTINGS, (404, NO_ROOM)),
        ("PUT", "/rooms/wells/config", {"name": "x"}, (400, "Missing room subject")),
        ("POST", "/rooms/none/users", {"user": ZOYA}, (404, NO_ROOM)),
        ("POST", "/rooms/wells/users", {}, (400, "Missing user JID")),
        ("POST", "/rooms/wells/users", {"user": "@@"}, (400, "Invalid user JID")),
        ("DELETE", f"/rooms/none/users/{ZOYA}", None, (404, NO_ROOM)),
        ("DELETE", "/rooms/wells/users/@@", None, (400, "Invalid user JID")),
        ("POST", "/rooms/none/messages", {"body": "x"}, (404, NO_ROOM)),
        ("POST", "/rooms/wells/messages", {"markable": True}, (400, "No valid message elements")),
        (
            "POST",
            "/rooms/wells/messages",
            {"chat_marker": {"type": "seen", "id": "1"}},
            (400, "Invalid chat marker"),
        ),
        (
            "POST",
            "/rooms/wells/messages",
            {"chat_marker": {"type": "displayed"}},
            (400, "Invalid chat marker"),
        ),
        ("POST", "/rooms/wells/messages", {"body": "x", "markable": 7}, (400, "Invalid markable")),
        ("GET", "/rooms/none/messages", None, (404, NO_ROOM)),
        ("GET", "/rooms/wells/messages?limit=-1", None, (400, "Invalid limit")),
        ("GET", "/rooms/wells/messages?before=x", None, (400, "Invalid value of before")),
        ("POST", "/contacts", {"jid": "@@"}, (400, "Invalid contact JID")),
        ("PUT", f"/contacts/{RAVI}", {}, (400, "Missing action")),
        ("PUT", f"/contacts/{RAVI}", {"action": "accept"}, (404, "Contact not found")),
        ("PUT", "/contacts/@@", {"action": "invite"}, (400, "Invalid contact JID")),
        ("DELETE", "/contacts", {}, (400, "Missing contacts to delete")),
        ("DELETE", "/contacts", {"to_delete": "x"}, (400, "Invalid contacts to delete")),
    ],
)  # fmt: skip
async def test_a_refusal_says_what_is_wrong(
    rooms: Api, method: str, path: str, body: Any, expected: tuple[int, str]
) -> None:
    assert await rooms.call(MEERA, method, path, body) == expected


@pytest.mark.parametrize(
    ("who", "method", "path", "body", "expected"),
    [
        (ZOYA, "GET", "/rooms/wells", None, (403, NO_MEMBER)),
        (ZOYA, "PUT", "/rooms/wells/config", SETTINGS, (403, NO_MEMBER)),
        (ZOYA, "POST", "/rooms/wells/users", {"user": ZOYA}, (403, NO_MEMBER)),
        (ZOYA, "DELETE", f"/rooms/wells/users/{RAVI}", None, (403, NO_MEMBER)),
        (ZOYA, "GET", "/rooms/wells/messages", None, (403, NO_MEMBER)),
        (ZOYA, "POST", "/rooms/wells/messages", {"body": "x"}, (403, NO_MEMBER)),
        (RAVI, "PUT", "/rooms/wells", SETTINGS, (403, "Room already exists")),
        (RAVI, "POST", "/rooms/wells/users", {"user": ZOYA}, (403, "Only the owner changes this.")),
        (MEERA, "DELETE", f"/rooms/wells/users/{RAVI}", None, (204, None)),
        (RAVI, "DELETE", f"/rooms/wells/users/{RAVI}", None, (204, None)),
    ],
)  # fmt: skip
async def test_only_members_are_let_in_and_only_the_owner_changes_others(
    rooms: Api, who: str, method: str, path: str, body: Any, expected: tuple[int, str | None]
) -> None:
    assert await rooms.call(who, method, path, body) == expected


async def test_a_page_of_a_room_ends_before_a_moment(rooms: Api) -> None:
    _, said = await rooms.call(RAVI, "POST", "/rooms/wells/messages", {"body": "Rain"})
    _, (last,) = await rooms.call(MEERA, "GET", "/rooms/wells/messages?limit=1")
    path = f"/rooms/wells@{MUCLIGHT}/messages?before={last['timestamp']}"

    assert last["id"] == said["id"]
    assert await rooms.call(MEERA, "GET", path) == (200, [])
    assert await rooms.call(MEERA, "GET", "/rooms/wells/messages?limit=0") == (200, [])


@pytest.mark.parametrize("marker", ["received", "displayed", "acknowledged"])
async def test_a_marker_comes_with_or_without_a_text(rooms: Api, marker: str) -> None:
    wanted = {"type": marker, "id": "m1"}

    await rooms.call(RAVI, "POST", "/rooms/wells/messages", {"chat_marker": wanted})
    await rooms.call(RAVI, "POST", "/rooms/wells/messages", {"body": "x", "chat_marker": wanted})

    _, found = await rooms.call(MEERA, "GET", "/rooms/wells/messages?limit=2")
    assert [(one.get("body"), one["chat_marker"]) for one in found] == [
        (None, wanted),
        ("x", wanted),
    ]


@pytest.mark.parametrize(
    "name", ["meera", "meera@localhost/web", "@localhost", "meera@elsewhere.example"]
)
async def test_only_a_bare_address_of_ours_logs_in(api: Api, name: str) -> None:
    answer = await api.http.get("/api/messages", auth=(name, PASSWORD))

    assert answer.status_code == 401


async def test_a_body_that_is_too_long_is_refused(api: Api) -> None:
    answer = await api.http.post(
        "/api/messages",
        auth=(MEERA, PASSWORD),
        content=b" " * (256 * 1024 + 1),
        headers={"content-type": "application/json"},
    )

    assert (answer.status_code, answer.json()) == (413, "Request body too large")


async def test_a_slash_at_the_end_of_a_path_changes_nothing(rooms: Api) -> None:
    assert await rooms.call(MEERA, "GET", "/messages/") == (200, [])
    assert await rooms.call(RAVI, "GET", "/rooms/wells/") == await rooms.call(
        RAVI, "GET", "/rooms/wells"
    )
    assert (await rooms.call(MEERA, "POST", "/messages/", {"to": RAVI, "body": "Rain"}))[0] == 200
