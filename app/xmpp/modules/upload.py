"""XEP-0363 HTTP File Upload: slots (4, 5). The files go to and come from the `web` process."""

from __future__ import annotations

from functools import partial
from typing import Final

from app.core.errors import TooMany
from app.core.uow import unit_of_work
from app.domain.chat import uploads
from app.domain.chat.domain_settings import settings_of
from app.domain.chat.uploads import TooLarge, Wanted
from app.protocol import ns
from app.protocol.element import Element, add, make
from app.protocol.errors import StanzaError
from app.protocol.forms import Field, form, values
from app.protocol.stamp import format_stamp
from app.xmpp.hooks import DomainDescribed
from app.xmpp.module import Host, Implements, Iq

IMPLEMENTS = Implements("XEP-0363", "1.2.0")

NS: Final = "urn:xmpp:http:upload:0"


def setup(host: Host) -> None:
    host.identity("store", "file", "Uploads")
    host.feature(NS)
    host.info_form(partial(limits, host))
    host.on(DomainDescribed, partial(limit_of_domain, host))
    host.answer_iq("get", NS, partial(request, host), target="domain")


def limits(host: Host) -> Element:
    """3: how large a file may be, where the domain does not say otherwise."""
    return _limits(host.services.config.upload_max_bytes)


def _limits(size_bytes: int) -> Element:
    return form("result", NS, [Field("max-file-size", (str(size_bytes),))])


async def limit_of_domain(host: Host, event: DomainDescribed) -> None:
    """3: a domain may have a limit of its own."""
    settings = await settings_of(host.services, event.domain)
    for found in event.query.findall(f"{{{ns.DATA_FORMS}}}x"):
        if "max-file-size" in values(found):
            event.query.replace(found, _limits(settings.upload_max_bytes))


async def request(host: Host, iq: Iq) -> Element:
    """4: a slot for the file that is described. Raises not-acceptable, resource-constraint (5)."""
    session, wish = iq.session, iq.child
    if session is None:
        raise StanzaError("forbidden")
    size = wish.get("size", "")
    if not wish.get("filename") or not size.isascii() or not size.isdigit() or len(size) > 18:
        raise StanzaError("bad-request", "modify", "Name the file and its size.")
    wanted = Wanted(wish.get("filename", ""), int(size), wish.get("content-type", ""))
    try:
        async with unit_of_work(host.services, org_id=session.org_id) as ctx:
            slot = await uploads.request_slot(ctx, session.account_id, wanted)
    except TooLarge as refusal:
        detail = make("file-too-large", NS)
        add(detail, "max-file-size", text=str(refusal.max_bytes))
        raise StanzaError("not-acceptable", text=refusal.message, detail=detail) from refusal
    except TooMany as refusal:
        later = host.services.clock.now() + uploads.PUT_WITHIN
        detail = make("retry", NS, {"stamp": format_stamp(later)})
        raise StanzaError("resource-constraint", text=refusal.message, detail=detail) from refusal
    answer = make("slot", NS)
    add(answer, "put", attributes={"url": slot.put_url})
    add(answer, "get", attributes={"url": slot.get_url})
    return answer
