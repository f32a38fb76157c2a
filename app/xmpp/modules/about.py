"""What the server says of itself: XEP-0092 version, XEP-0202 time, XEP-0157 contacts, XEP-0232 software."""

from __future__ import annotations

from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from app.protocol import ns
from app.protocol.element import Element, add, make
from app.protocol.forms import Field, form
from app.xmpp.module import Host, Implements, Iq

IMPLEMENTS = (
    Implements("XEP-0092", "1.1", "without the operating system"),
    Implements("XEP-0202", "2.0"),
    Implements("XEP-0157", "1.1.1", "support addresses"),
    Implements("XEP-0232", "0.3"),
    Implements("XEP-0128", "1.0.1"),
)

NAME: Final = "Samvad"
CONTACTS: Final = "http://jabber.org/network/serverinfo"
SOFTWARE: Final = "urn:xmpp:dataforms:softwareinfo"


def setup(host: Host) -> None:
    for namespace in (ns.VERSION, ns.TIME):
        host.feature(namespace)
    host.answer_iq("get", ns.VERSION, tell_version, target="any")
    host.answer_iq("get", ns.TIME, partial(tell_time, host), target="any")
    host.info_form(partial(contacts, host))
    host.info_form(software)


def own_version() -> str:
    """The version that is installed."""
    try:
        return version("samvad")
    except PackageNotFoundError:
        return "0"


async def tell_version(_: Iq) -> Element:
    """XEP-0092 2."""
    query = make("query", ns.VERSION)
    add(query, "name", text=NAME)
    add(query, "version", text=own_version())
    return query


async def tell_time(host: Host, _: Iq) -> Element:
    """XEP-0202 3: in UTC, and nothing of where the machine stands."""
    time = make("time", ns.TIME)
    add(time, "tzo", text="+00:00")
    now = host.services.clock.now()
    add(time, "utc", text=now.strftime("%Y-%m-%dT%H:%M:%SZ"))
    return time


def contacts(host: Host) -> Element:
    """XEP-0157 2: whom to ask for help."""
    addresses = host.services.config.contact_addresses
    return form("result", CONTACTS, [Field("support-addresses", addresses, "list-multi")])


def software() -> Element:
    """XEP-0232 3."""
    told = [Field("software", (NAME,)), Field("software_version", (own_version(),))]
    return form("result", SOFTWARE, told)
