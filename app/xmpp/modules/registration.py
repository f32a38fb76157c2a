"""XEP-0077 In-Band Registration: a person changes his password (3.3); new accounts where allowed (3.1).

Cancelling an account (3.2) is for the organization: contacts outlive their chat accounts.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from app.core.errors import Invalid
from app.core.uow import unit_of_work
from app.domain.chat import accounts
from app.domain.chat.domain_settings import settings_of
from app.protocol.element import Element, add, child_text, has, make
from app.protocol.errors import StanzaError
from app.xmpp.module import Host, Implements, Iq
from app.xmpp.session import Session

IMPLEMENTS = Implements(
    "XEP-0077", "2.4", "3.3, and 3.1 for who is logged in where the domain allows it"
)

NS: Final = "jabber:iq:register"


def setup(host: Host) -> None:
    host.feature(NS)
    host.answer_iq("get", NS, partial(get, host), target="domain")
    host.answer_iq("set", NS, partial(change, host), target="domain")


async def get(host: Host, iq: Iq) -> Element:
    """3.1: who is logged in has an account already; his name is in the form."""
    query = make("query", NS)
    add(query, "registered")
    add(query, "username", text=_session(iq).jid.local)
    add(query, "password")
    return query


async def change(host: Host, iq: Iq) -> None:
    """3.3: one's own password is another. Raises not-allowed for anything else."""
    session, wish = _session(iq), iq.child
    if has(wish, "remove"):
        raise StanzaError("not-allowed", text="Ask the organization to remove the account.")
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


def _session(iq: Iq) -> Session:
    if iq.session is None:
        raise StanzaError("forbidden")
    return iq.session
