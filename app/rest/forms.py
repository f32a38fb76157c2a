"""What REST calls bring: JSON, or a form with names such as `user[phone]`."""

from __future__ import annotations

import re
from typing import Any

import orjson
from starlette.requests import Request

from app.core.errors import Malformed
from app.web.bodies import bounded_request, reading

#: Bytes of a body; everything sent here is short.
MAX_BODY_BYTES = 64 * 1024
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_PART = re.compile(r"[^\[\]]+")


async def read_body(request: Request) -> dict[str, Any]:
    """The body as nested objects; an empty one is `{}`. Raises Malformed; TooLarge."""
    request = bounded_request(request, MAX_BODY_BYTES)
    with reading("The form cannot be read: send text fields only, at most 50"):
        if request.headers.get("content-type", "").startswith(_FORMS):
            form = await request.form(max_files=0, max_fields=50)
            return nested({name: value for name, value in form.items() if isinstance(value, str)})
        raw = await request.body()
    try:
        body = orjson.loads(raw) if raw.strip() else {}
    except orjson.JSONDecodeError as error:
        raise Malformed("The request must be JSON or a form") from error
    if not isinstance(body, dict):
        raise Malformed("The request must be a JSON object")
    return body


async def read_user(request: Request) -> dict[str, Any]:
    """The `user` of the body; the body itself where there is none. Raises Malformed."""
    body = await read_body(request)
    user = body.get("user", body)
    if not isinstance(user, dict):
        raise Malformed("`user` must be an object")
    return user


def nested(form: dict[str, str]) -> dict[str, Any]:
    """`{"user[phone]": "1"}` as `{"user": {"phone": "1"}}`.

    >>> nested({"user[phone]": "1", "a": "2"})
    {'user': {'phone': '1'}, 'a': '2'}
    """
    found: dict[str, Any] = {}
    for name, value in form.items():
        *path, last = _PART.findall(name)[:5] or [name]
        at = found
        for part in path:
            below = at.setdefault(part, {})
            if not isinstance(below, dict):
                break
            at = below
        at[last] = value
    return found


def is_true(value: Any) -> bool:
    """Whether a member of JSON or of a form says yes."""
    return value is True or str(value).lower() in ("true", "1", "on", "yes")
