"""Bodies of REST calls that cannot be read, kept or ended."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from app.models import Organization

V1 = "/api/v1"


@pytest.mark.parametrize(
    ("body", "kind", "message"),
    [
        (b"{no", "application/json", "The request must be JSON or a form"),
        (b"[1]", "application/json", "The request must be a JSON object"),
        (b'{"user": 1}', "application/json", "`user` must be an object"),
        (
            b'--x\r\ncontent-disposition: form-data; name="a"; filename="b"\r\n\r\nc\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
            "The form cannot be read: send text fields only, at most 50",
        ),
    ],
)
async def test_a_request_that_cannot_be_read_is_told_in_the_layout_of_errors(
    http: httpx.AsyncClient, org: Organization, body: bytes, kind: str, message: str
) -> None:
    answer = await http.post(f"{V1}/session", content=body, headers={"content-type": kind})

    assert answer.status_code == 400
    assert answer.json() == {"error": {"status": 400, "message": message}}


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
async def test_a_body_without_end_is_not_read_to_its_end(
    http: httpx.AsyncClient, org: Organization, kind: str
) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while read < 10_000_000:
            read += 1_000
            yield b"a" * 1_000

    answer = await http.post(f"{V1}/session", content=endless(), headers={"content-type": kind})

    assert answer.status_code == 413
    assert answer.json() == {"error": {"status": 413, "message": "Request body too large"}}


async def test_a_phone_that_no_column_can_hold_is_invalid(
    http: httpx.AsyncClient, org: Organization
) -> None:
    body = {"user": {"phone": "91\0"}}

    answer = await http.post(f"{V1}/registration/send-otp", json=body)

    assert answer.status_code == 422
    assert answer.json()["error"]["message"] == (
        "input holds a character or number that cannot be stored"
    )
