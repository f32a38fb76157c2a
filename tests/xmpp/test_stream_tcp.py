"""Streams over TCP: STARTTLS, direct TLS, and the certificate (RFC 6120 4 and 5, XEP-0368)."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
from contextlib import AsyncExitStack

import pytest
from cryptography import x509

from app.core.services import Services
from app.models import Organization
from app.xmpp.server.app import serve
from app.xmpp.server.certificate import find_or_make
from app.xmpp.server.tcp import TcpPorts
from tests.xmpp.client import Client
from tests.xmpp.conftest import TestAccounts, cookie_of
from tests.xmpp.tcp_client import HEADER, STARTTLS, Tcp

pytestmark = pytest.mark.anyio


async def test_nothing_is_offered_in_the_clear_but_tls(tcp: Tcp) -> None:
    """RFC 6120 5.3.1, 5.4.1."""
    wire = await tcp.connect()

    wire.send(HEADER)
    opening = await wire.until("</stream:features>")

    assert opening.startswith("<?xml version='1.0'?><stream:stream xmlns='jabber:client'")
    assert opening.endswith(
        '<stream:features><starttls xmlns="urn:ietf:params:xml:ns:xmpp-tls"><required/></starttls>'
        "</stream:features>"
    )


@pytest.mark.parametrize(
    "words",
    [
        "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGEAYg==</auth>",
        "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'/>",
    ],
)
async def test_nobody_logs_in_before_tls(tcp: Tcp, words: str) -> None:
    """RFC 6120 5.3.1, 4.9.3.14."""
    wire = await tcp.connect()
    wire.send(HEADER)
    await wire.until("</stream:features>")

    wire.send(words)

    assert await wire.rest() == (
        "<stream:error><policy-violation xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
        "</stream:error></stream:stream>"
    )


async def test_a_client_logs_in_after_starttls_and_sends_messages(tcp: Tcp) -> None:
    """RFC 6120 5.4.3, 6, 7; the session is one like any other."""
    wire = await tcp.login()
    cookie = cookie_of(tcp.accounts, "ravi", tcp.services.config.secret_key)
    ravi = await Client.login(tcp.running.port, cookie=cookie, resource="web")

    await ravi.send("<message xmlns='jabber:client' to='meera@localhost/desk' id='1'/>")
    came = await wire.until("/>")
    wire.send("<message to='ravi@localhost/web' id='2'><body>पानी</body></message>")
    answer = await ravi.receive()
    await ravi.close()

    assert came == (
        '<message xmlns="jabber:client" to="meera@localhost/desk" id="1" from="ravi@localhost/web"/>'
    )
    assert (answer.get("from"), answer[0].text) == ("meera@localhost/desk", "पानी")


async def test_direct_tls_needs_no_starttls(tcp: Tcp) -> None:
    """XEP-0368 3."""
    wire = await tcp.connect(is_direct=True)

    wire.send(HEADER)

    assert "<mechanism>SCRAM-SHA-256</mechanism>" in await wire.until("</stream:features>")


async def test_direct_tls_knows_what_it_carries_by_name(tcp: Tcp) -> None:
    """XEP-0368 4: the protocol is named in the handshake (ALPN)."""
    tcp.context.set_alpn_protocols(["http/1.1", "xmpp-client"])

    reader, writer = await asyncio.open_connection(
        "127.0.0.1", tcp.running.tls_port, ssl=tcp.context, server_hostname="localhost"
    )

    assert writer.get_extra_info("ssl_object").selected_alpn_protocol() == "xmpp-client"
    writer.write(HEADER.encode())
    assert b"<mechanism>PLAIN</mechanism>" in await reader.readuntil(b"</stream:features>")
    writer.transport.abort()


async def test_a_client_is_told_of_the_shutdown_and_not_of_a_websocket(
    services: Services, org: Organization
) -> None:
    """RFC 6120 4.9.3.20: where others are to go (RFC 7395 3.6.1) is no place for TCP."""
    config = dataclasses.replace(services.config, chat_see_other_uri="wss://b.example/xmpp")
    services = dataclasses.replace(services, config=config)
    accounts = TestAccounts(org.id)
    async with AsyncExitStack() as stack:
        async with serve(
            services, tcp=TcpPorts(0, 0), modules=(), accounts=lambda _: accounts
        ) as running:
            wire = await Tcp(running, accounts, services, stack).login()

        assert await wire.rest() == (
            "<stream:error><system-shutdown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
            "</stream:error></stream:stream>"
        )


async def test_what_was_smuggled_in_before_tls_is_not_believed(tcp: Tcp) -> None:
    """RFC 6120 5.4.3.3: the words after <starttls/> in one segment are thrown away."""
    wire = await tcp.connect()
    wire.send(HEADER)
    await wire.until("</stream:features>")
    wire.send(STARTTLS + HEADER + "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")
    await wire.until("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")

    await wire.secure(tcp.context)
    wire.send(HEADER)
    opening = await wire.until("</stream:features>")

    assert opening.count("<stream:stream") == 1
    assert "<mechanism>PLAIN</mechanism>" in opening


async def test_a_closing_client_is_answered(tcp: Tcp) -> None:
    """RFC 6120 4.4."""
    wire = await tcp.login()

    wire.send("</stream:stream>")

    assert await wire.rest() == "</stream:stream>"


async def test_a_fault_ends_the_stream_with_its_condition(tcp: Tcp) -> None:
    """RFC 6120 4.9.3.13, 11.1."""
    wire = await tcp.login()

    wire.send("<message><!-- hello --></message>")

    assert await wire.rest() == (
        "<stream:error><restricted-xml xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
        "</stream:error></stream:stream>"
    )


async def test_a_stream_that_is_resumed_goes_on_over_tcp(tcp: Tcp) -> None:
    """XEP-0198 5."""
    wire = await tcp.login()
    wire.send("<enable xmlns='urn:xmpp:sm:3' resume='true'/>")
    id_ = (await wire.until("/>")).partition('id="')[2].partition('"')[0]
    await wire.close()
    again = await tcp.secured()
    plain = base64.b64encode(b"\0meera\0neem tree 7").decode()

    again.send(
        f"<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'><initial-response>{plain}"
        f"</initial-response><resume xmlns='urn:xmpp:sm:3' previd='{id_}' h='0'/></authenticate>"
    )

    success = await again.until("</success>")
    assert "<authorization-identifier>meera@localhost/desk</authorization-identifier>" in success
    assert f"<resumed xmlns='urn:xmpp:sm:3' previd=\"{id_}\" h='0'/>" in success


async def test_the_self_signed_certificate_is_made_once_and_the_key_is_kept_secret(
    services: Services,
) -> None:
    made = find_or_make(services)
    again = find_or_make(services)

    certificate = x509.load_pem_x509_certificate(made.chain.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost", "*.localhost"]
    assert (made, made.changed_at()) == (again, again.changed_at())
    assert oct(made.key.stat().st_mode & 0o777) == "0o600"


async def test_a_certificate_needs_its_key(services: Services) -> None:
    with pytest.raises(ValueError, match="set together"):
        find_or_make(services, chain="/etc/tls/chat.crt")


async def test_a_renewed_certificate_is_taken_up(tcp: Tcp) -> None:
    """Clients that come afterwards are shown the new one."""
    chain = tcp.services.config.data_dir / "tls/chat.crt"
    other = dataclasses.replace(
        tcp.services,
        config=dataclasses.replace(
            tcp.services.config, data_dir=tcp.services.config.data_dir / "b"
        ),
    )
    new = find_or_make(other)
    new.key.replace(chain.with_name("chat.key"))
    new.chain.replace(chain)
    async with AsyncExitStack() as stack:
        server = tcp.running.tcp_server
        assert server is not None

        await server.take_up_renewal()

        wire = await Tcp(tcp.running, tcp.accounts, tcp.services, stack).connect(is_direct=True)
        wire.send(HEADER)
        await wire.until("</stream:features>")
