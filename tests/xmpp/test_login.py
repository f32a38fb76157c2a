"""Who may open a stream, and as whom: RFC 7395, RFC 6120 6 and 7, and the cookie."""

from __future__ import annotations

import base64
import dataclasses

import pytest
from lxml import etree
from websockets.exceptions import InvalidStatus

from app.core.tokens import read_chat_token
from app.protocol import ns
from app.protocol.element import Element, child, children
from app.xmpp.server import gateway as gateway_module
from app.xmpp.server.app import serve
from tests.xmpp.client import Client
from tests.xmpp.conftest import Town

pytestmark = pytest.mark.anyio


def mechanisms(features: Element) -> list[str | None]:
    offered = child(features, "mechanisms", ns.SASL)
    assert offered is not None
    return [mechanism.text for mechanism in children(offered, "mechanism")]


def condition(answer: Element) -> str:
    """The defined condition of a SASL failure or a stream error."""
    return etree.QName(answer[0]).localname


async def test_the_server_opens_its_own_stream_and_offers_passwords(town: Town) -> None:
    """RFC 7395 3.4; RFC 6120 4.7, 6.4.1."""
    client = await town.connect()

    opened, features = await client.open()

    assert (opened.get("from"), opened.get("version")) == ("localhost", "1.0")
    assert len(opened.get("id", "")) > 16
    assert mechanisms(features) == [
        "SCRAM-SHA-256",
        "SCRAM-SHA-1",
        "OAUTHBEARER",
        "X-OAUTH2",
        "PLAIN",
    ]


async def test_a_cookie_stream_is_offered_its_own_identity_only(town: Town) -> None:
    client = await town.connect(cookie=town.cookie("meera"))

    _, features = await client.open()

    assert mechanisms(features) == ["EXTERNAL", "ANONYMOUS"]


@pytest.mark.parametrize(
    ("mechanism", "payload"),
    [
        ("EXTERNAL", b""),
        ("EXTERNAL", b"meera@localhost"),
        ("EXTERNAL", b"localhost"),
        ("ANONYMOUS", b""),
        ("ANONYMOUS", b"ravi@localhost"),
    ],
)
async def test_a_cookie_logs_in_as_whom_it_names(
    town: Town, mechanism: str, payload: bytes
) -> None:
    """RFC 4422 A, RFC 4505."""
    client = await town.connect(cookie=town.cookie("meera"))

    await client.authenticate(mechanism, payload)

    assert await client.bind("web") == "meera@localhost/web"


async def test_a_cookie_is_nobody_elses(town: Town) -> None:
    """RFC 6120 6.5.6."""
    client = await town.connect(cookie=town.cookie("meera"))
    await client.open()

    assert condition(await client.auth("EXTERNAL", b"ravi@localhost")) == "invalid-authzid"
    assert condition(await client.auth("PLAIN", b"\0ravi\0monsoon 42")) == "invalid-mechanism"


async def test_a_cookie_of_an_account_that_is_gone_is_refused(town: Town) -> None:
    client = await town.connect(cookie=town.cookie("meera", account_id=99))
    await client.open()

    assert condition(await client.auth("EXTERNAL", b"")) == "not-authorized"


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256", "SCRAM-SHA-1"])
async def test_scram_logs_in_and_proves_the_server(town: Town, mechanism: str) -> None:
    """RFC 5802, RFC 7677."""
    client = await town.connect()
    await client.open()

    answer = await client.scram(mechanism, "meera", "neem tree 7")

    assert f"{{{ns.SASL}}}success" == answer.tag
    await client.open()
    assert await client.bind("web") == "meera@localhost/web"


@pytest.mark.parametrize("name", ["meera", "nobody"])
async def test_scram_refuses_a_wrong_password_and_a_stranger_alike(town: Town, name: str) -> None:
    """RFC 5802 11; RFC 6120 6.5.10."""
    client = await town.connect()
    await client.open()

    assert condition(await client.scram("SCRAM-SHA-256", name, "wrong")) == "not-authorized"


async def test_plain_takes_the_password_or_the_token(town: Town) -> None:
    """RFC 4616."""
    for password in ("neem tree 7", town.cookie("meera")):
        client = await town.connect()
        await client.authenticate("PLAIN", f"\0meera\0{password}".encode())
        assert await client.bind("web") == "meera@localhost/web"


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b"\0meera\0wrong", "not-authorized"),
        (b"\0nobody\0neem tree 7", "not-authorized"),
        (b"ravi@localhost\0meera\0neem tree 7", "invalid-authzid"),
        (b"meera", "malformed-request"),
    ],
)
async def test_plain_refuses_bad_credentials(town: Town, payload: bytes, expected: str) -> None:
    """RFC 6120 6.5."""
    client = await town.connect()
    await client.open()

    assert expected == condition(await client.auth("PLAIN", payload))


async def test_a_token_for_another_person_is_no_password(town: Town) -> None:
    client = await town.connect()
    await client.open()

    answer = await client.auth("PLAIN", f"\0ravi\0{town.cookie('meera')}".encode())

    assert condition(answer) == "not-authorized"


async def test_a_bearer_token_logs_in(town: Town) -> None:
    """RFC 7628."""
    client = await town.connect()

    await client.authenticate(
        "OAUTHBEARER", f"n,,\x01auth=Bearer {town.cookie('meera')}\x01\x01".encode()
    )

    assert await client.bind("web") == "meera@localhost/web"


@pytest.mark.parametrize("name", ["meera@localhost", ""])
async def test_a_bearer_token_that_is_not_taken_says_so_before_it_fails(
    town: Town, name: str
) -> None:
    """RFC 7628 3.2.2, 3.2.3: the client answers the error with ^A, and then the login has failed."""
    client = await town.connect()
    await client.open()

    challenge = await client.auth("OAUTHBEARER", f"n,a={name},\x01auth=Bearer old\x01\x01".encode())
    failure = await client.ask(f"<response xmlns='{ns.SASL}'>AQ==</response>")

    assert challenge.tag == f"{{{ns.SASL}}}challenge"
    assert base64.b64decode(challenge.text or "") == b'{"status":"invalid_token"}'
    assert condition(failure) == "not-authorized"
    assert (await client.auth("PLAIN", b"\0meera\0neem tree 7")).tag == f"{{{ns.SASL}}}success"


async def test_an_empty_challenge_asks_for_a_missing_initial_response(town: Town) -> None:
    """RFC 6120 6.4.2."""
    client = await town.connect(cookie=town.cookie("meera"))
    await client.open()

    challenge = await client.ask(f"<auth xmlns='{ns.SASL}' mechanism='EXTERNAL'/>")
    answer = await client.ask(f"<response xmlns='{ns.SASL}'/>")

    assert (f"{{{ns.SASL}}}challenge", f"{{{ns.SASL}}}success") == (challenge.tag, answer.tag)


async def test_a_login_may_be_given_up_and_begun_again(town: Town) -> None:
    """RFC 6120 6.4.4."""
    client = await town.connect()
    await client.open()
    await client.auth("SCRAM-SHA-256", b"n,,n=meera,r=abc")

    assert condition(await client.ask(f"<abort xmlns='{ns.SASL}'/>")) == "aborted"
    answer = await client.scram("SCRAM-SHA-256", "meera", "neem tree 7")
    assert f"{{{ns.SASL}}}success" == answer.tag


async def test_the_fourth_wrong_login_ends_the_stream(town: Town) -> None:
    """RFC 6120 6.4.5."""
    client = await town.connect()
    await client.open()

    answers = [await client.auth("PLAIN", b"\0meera\0wrong") for _ in range(4)]

    assert [condition(answer) for answer in answers] == ["not-authorized"] * 4
    assert condition(await client.receive()) == "policy-violation"


async def test_a_base64_fault_is_told(town: Town) -> None:
    """RFC 6120 6.5.5."""
    client = await town.connect()
    await client.open()

    answer = await client.ask(f"<auth xmlns='{ns.SASL}' mechanism='PLAIN'>!</auth>")

    assert condition(answer) == "incorrect-encoding"


async def test_the_upgrade_needs_the_subprotocol(town: Town) -> None:
    """RFC 7395 3.1."""
    with pytest.raises(InvalidStatus) as caught:
        await Client.connect(town.port, subprotocols=None)

    assert caught.value.response.status_code == 400


async def test_the_upgrade_is_refused_to_pages_of_other_origins(town: Town) -> None:
    with pytest.raises(InvalidStatus) as caught:
        await Client.connect(town.port, origin="https://evil.example", cookie=town.cookie("meera"))

    assert caught.value.response.status_code == 403
    assert await town.connect(origin="http://127.0.0.1:4000")


@pytest.mark.parametrize("cookie", [None, "forged"])
async def test_without_a_valid_cookie_there_is_no_upgrade_where_passwords_are_off(
    town: Town, cookie: str | None
) -> None:
    config = dataclasses.replace(town.services.config, allow_chat_passwords=False)
    services = dataclasses.replace(town.services, config=config)
    async with serve(services, modules=(), accounts=lambda _: town.accounts) as strict:
        with pytest.raises(InvalidStatus) as caught:
            await Client.connect(strict.port, cookie=cookie)
        assert caught.value.response.status_code == 401

        client = await Client.login(strict.port, cookie=town.cookie("meera"))
        await client.close()


async def test_a_token_holds_what_was_signed_and_a_changed_one_nothing(town: Town) -> None:
    token, key = town.cookie("meera"), town.services.config.secret_key

    claims = read_chat_token(token, key)

    assert claims is not None
    assert ("meera", "localhost", town.org.id, 1) == (
        claims.username, claims.domain, claims.org_id, claims.account_id
    )  # fmt: skip
    assert read_chat_token(token, key + "x") is None


async def test_a_stream_to_a_host_that_is_not_ours_ends(town: Town) -> None:
    """RFC 6120 4.9.3.6."""
    client = await town.connect(domain="elsewhere.example")

    opened, error = await client.open()

    assert (opened.get("from"), condition(error)) == ("localhost", "host-unknown")
    assert f"{{{ns.FRAMING}}}close" == (await client.receive()).tag
    assert await client.closed() == 1000


async def test_the_server_makes_a_resource_that_nobody_named(town: Town) -> None:
    """RFC 6120 7.6."""
    first, second = await town.login("meera"), await town.login("meera")

    assert first.jid.startswith("meera@localhost/")
    assert first.jid != second.jid


async def test_a_resource_that_is_bound_again_ends_the_older_stream(town: Town) -> None:
    """RFC 6120 7.7.2.2."""
    older = await town.login("meera", "web")

    newer = await town.login("meera", "web")

    error = await older.receive()
    assert condition(error) == "conflict"
    assert f"{{{ns.FRAMING}}}close" == (await older.receive()).tag
    assert await newer.barrier() == []
    assert len(town.running.gateway.sessions) == 1


async def test_one_resource_too_many_is_refused_and_the_stream_goes_on(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 6120 7.6.2.1."""
    monkeypatch.setattr(gateway_module, "SESSIONS_PER_ACCOUNT", 1)
    first = await town.login("meera", "web")
    second = await town.connect(cookie=town.cookie("meera"))
    await second.authenticate("EXTERNAL", b"")
    wish = f"<iq xmlns='jabber:client' type='set' id='b'><bind xmlns='{ns.BIND}'/></iq>"

    refused = await second.ask(wish)
    await first.send(f"<close xmlns='{ns.FRAMING}'/>")
    await first.closed()
    bound = await second.ask(wish)

    error = refused[0]
    assert (refused.get("type"), error.get("type")) == ("error", "wait")
    assert error[0].tag == f"{{{ns.STANZAS}}}resource-constraint"
    assert bound.get("type") == "result"


async def test_health_is_answered_on_the_same_port(town: Town) -> None:
    import httpx

    async with httpx.AsyncClient() as http:
        health = await http.get(f"http://127.0.0.1:{town.port}/health")
        other = await http.get(f"http://127.0.0.1:{town.port}/")
        plain = await http.get(f"http://127.0.0.1:{town.port}/xmpp")

    assert (200, {"status": "ok", "node": town.running.gateway.node, "sessions": 0}) == (
        health.status_code, health.json()
    )  # fmt: skip
    assert (other.status_code, plain.status_code) == (404, 426)
