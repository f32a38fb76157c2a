"""XEP-0077 In-Band Registration: a password is changed (3.3), an account removed (3.2), made where allowed (3.1).

Contacts outlive their chat accounts: the organization knows the person who has none any more.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from app.core.errors import Invalid
from app.core.uow import unit_of_work
from app.domain.chat import accounts, removal
from app.domain.chat.bans import REMOVED
from app.domain.chat.domain_settings import settings_of
from app.protocol.element import Element, add, child_text, has, make
from app.protocol.errors import StanzaError
from app.xmpp.module import Host, Implements, Iq
from app.xmpp.session import Session

IMPLEMENTS = Implements(
    "XEP-0077", "2.4", "3.2, 3.3, and 3.1 for who is logged in where the domain allows it"
)

NS: Final = "jabber:iq:register"


def setup(host: Host) -> None:
    host.feature(NS)
    host.answer_iq("get", NS, partial(get, host), target="domain")
    host.answer_iq("set", NS, partial(change, host), target="domain")
    # 3.2: who cancels names no address, and so his own.
    host.answer_iq("get", NS, partial(get, host))
    host.answer_iq("set", NS, partial(change, host))


async def get(host: Host, iq: Iq) -> Element:
    """3.1: who is logged in has an account already; his name is in the form."""
    query = make("query", NS)
    add(query, "registered")
    add(query, "username", text=_session(iq).jid.local)
    add(query, "password")
    return query


async def change(host: Host, iq: Iq) -> None:
    """3.1, 3.2, 3.3: an account is made, removed or has another password. Raises not-allowed."""
    session, wish = _session(iq), iq.child
    if has(wish, "remove"):
        await _cancel(host, session, wish)
        return
    username, password = child_text(wish, "username"), child_text(wish, "password")
    if not username or not password:
        raise StanzaError("bad-request", "modify", "A username and a password are needed.")
    async with unit_of_work(host.services, org_id=session.org_id) as ctx:
        if username.lower() != session.jid.local:
            settings = await settings_of(host.services, session.jid.domain)
            if not settings.registration:
                raise StanzaError("not-allowed", text="Nobody makes accounts here.")
            await accounts.register(ctx, username, session.jid.domain, password)
            return
        account = await accounts.find_account(ctx, session.jid.local, session.jid.domain)
        if account is None:
            raise StanzaError("forbidden")
        try:
            await accounts.change_password(ctx, account, password)
        except Invalid as refusal:
            text = f"The password {refusal.message}."
            raise StanzaError("not-acceptable", text=text) from refusal


async def _cancel(host: Host, session: Session, wish: Element) -> None:
    """3.2: the account is gone, and every session of it after the answer."""
    if len(wish) != 1:
        raise StanzaError("bad-request", "modify", "Who removes his account asks nothing else.")
    jid = session.jid
    async with unit_of_work(host.services, org_id=session.org_id) as ctx:
        await removal.remove(ctx, jid.local, jid.domain, spared=str(jid))
    # Begins once the answer is queued: between here and there nothing waits.
    host.spawn(_end(session), "account removed")


async def _end(session: Session) -> None:
    session.close(REMOVED)


def _session(iq: Iq) -> Session:
    """Who asks, of his own account or of the server. Raises forbidden."""
    if iq.session is None or (iq.to.local and iq.to.bare != iq.session.jid.bare):
        raise StanzaError("forbidden")
    return iq.session
