"""XEP-0484: the tokens of one login, from the check of one to the making of the next."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Final

from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.chat import fast_tokens
from app.models.chat import ChatFastToken
from app.protocol import ns
from app.protocol.element import Element, child
from app.protocol.sasl import hashed_token
from app.protocol.sasl.errors import SaslError
from app.protocol.stamp import format_stamp

if TYPE_CHECKING:
    from app.xmpp.server.login import Identity

#: Longest id of a client's installation that is read.
MAX_AGENT: Final = 1000


class FastLogin:
    """What one stream's login does with tokens."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._used: ChatFastToken | None = None

    async def check(
        self, identity: Identity, mechanism: str, hashed: bytes, request: Element
    ) -> bytes:
        """The server's own proof. Raises not-authorized, credentials-expired (3.4)."""
        agent = agent_of(request)
        if agent is None:
            raise SaslError("malformed-request", "The user agent has no id.")
        config = self._services.config
        async with unit_of_work(self._services, org_id=identity.org_id) as ctx:
            rows = await fast_tokens.find_all(ctx, identity.account_id, agent)
        for row in rows:
            token = fast_tokens.text_of(config, row)
            # A token is good for the mechanism that it was made for and no other (3.4).
            expected = hashed_token.initiator(mechanism, token)
            if row.mechanism != mechanism or not hmac.compare_digest(expected, hashed):
                continue
            if row.expires_at <= self._services.clock.now():
                raise SaslError("credentials-expired")
            self._used = row
            return hashed_token.responder(mechanism, token)
        raise SaslError("not-authorized")

    async def finish(self, identity: Identity, request: Element) -> str:
        """3.3, 3.5, 3.6: `<token/>` where the client asked for one or its own grows old, else ""."""
        agent = agent_of(request)
        if agent is None:
            return ""
        wish = child(request, "request-token", ns.FAST)
        mechanism = wish.get("mechanism", "") if wish is not None else ""
        used, now = self._used, self._services.clock.now()
        if used is None and mechanism not in hashed_token.HASHES:
            return ""
        async with unit_of_work(self._services, org_id=identity.org_id) as ctx:
            if used is not None and _is_invalidated(request):
                await fast_tokens.revoke(ctx, used)
            elif used is not None:
                await fast_tokens.use_token(ctx, used)
                half = fast_tokens.lifetime(self._services.config) / 2
                if not mechanism and used.expires_at - now < half:
                    mechanism = used.mechanism
            if mechanism not in hashed_token.HASHES:
                return ""
            keep = used.id if used is not None else None
            made = await fast_tokens.make_token(ctx, identity.account_id, agent, mechanism, keep)
        return (
            f"<token xmlns='{ns.FAST}' expiry='{format_stamp(made.expires_at)}'"
            f" token='{made.token}'/>"
        )


def agent_of(request: Element) -> str | None:
    """XEP-0388 2.4.1: the installation that asks, as a hash; None where it does not say."""
    agent = child(request, "user-agent", ns.SASL2)
    id_ = agent.get("id", "") if agent is not None else ""
    if not id_ or len(id_) > MAX_AGENT:
        return None
    return hashlib.sha256(id_.encode(errors="replace")).hexdigest()


def _is_invalidated(request: Element) -> bool:
    fast = child(request, "fast", ns.FAST)
    return fast is not None and fast.get("invalidate") in ("1", "true")
