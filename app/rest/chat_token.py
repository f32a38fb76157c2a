"""`/api/v1/chat/token`: a person proves his phone and gets the cookie that opens the chat."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.responses import Response

from app.core.errors import Refused
from app.core.services import Config
from app.domain.chat.accounts import ensure_account_for_contact
from app.domain.chat.tokens import issue_token
from app.domain.contacts.service import contact_by_phone
from app.domain.login.service import prove_phone
from app.rest.endpoint import Call, answer, moment
from app.rest.forms import read_user

COOKIE = "auth_token"


async def issue(call: Call) -> Response:
    """Where and as whom to connect; the token itself travels in an HttpOnly cookie only."""
    user = await read_user(call.request)
    phone = await prove_phone(call.services, call.org_id, user.get("phone"), user.get("otp"))
    async with call.unit_of_work() as ctx:
        contact = await contact_by_phone(ctx, phone)
        if contact.status == "blocked":
            raise Refused(f"Cannot let {phone} in")
        account = await ensure_account_for_contact(ctx, contact)
        token, ends_at = issue_token(ctx, account)
    config = call.services.config
    response = answer(
        {
            "jid": f"{account.username}@{account.domain}",
            "domain": account.domain,
            "token_expiry_time": moment(ends_at),
            "websocket": websocket_url(config, call.request.headers.get("host", "")),
        }
    )
    response.set_cookie(
        COOKIE,
        token,
        max_age=config.chat_token_ttl_s,
        path="/",
        httponly=True,
        samesite="lax",
        secure=config.public_url.startswith("https://"),
    )
    return response


def websocket_url(config: Config, host: str) -> str:
    """Where the chat's socket is: as configured, beside the pages of a proxy, or on its own port.

    >>> from dataclasses import replace
    >>> from pathlib import Path
    >>> plain = Config("secret", Path())
    >>> websocket_url(plain, "127.0.0.1:4000")
    'ws://127.0.0.1:5280/xmpp'
    >>> websocket_url(replace(plain, public_url="https://asha.example"), "asha.example")
    'wss://asha.example/xmpp'
    >>> websocket_url(replace(plain, public_chat_url="wss://chat.example/xmpp"), "asha.example")
    'wss://chat.example/xmpp'
    """
    if config.public_chat_url:
        return config.public_chat_url
    url = urlsplit(config.public_url)
    if url.scheme == "https":
        return f"wss://{host or url.netloc}/xmpp"
    name = urlsplit(f"//{host}").hostname or url.hostname or "localhost"
    shown = f"[{name}]" if ":" in name else name
    return f"ws://{shown}:{config.gateway_port}/xmpp"
