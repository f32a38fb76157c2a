"""How logins are guarded: replays, guesses, and an installation that takes no passwords."""

from __future__ import annotations

import base64
import dataclasses

import pytest
from lxml import etree

from app.core.uow import unit_of_work
from app.domain.chat import accounts
from app.protocol import ns
from app.protocol.element import Element, child_text
from app.protocol.jid import Jid
from app.protocol.sasl import scram
from app.xmpp.server.attempts import Attempts, Verified
from app.xmpp.server.upgrade import client_address
from tests.xmpp.client import Client
from tests.xmpp.conftest import Town

pytestmark = pytest.mark.anyio


def condition(answer: Element) -> str:
    return etree.QName(answer[0]).localname


class Recorder(Client):
    """Keeps what it sends."""

    said: list[str]

    async def send(self, text: str) -> None:
        self.__dict__.setdefault("said", []).append(text)
        await super().send(text)


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256", "SCRAM-SHA-1"])
async def test_a_login_that_was_overheard_is_of_no_use(town: Town, mechanism: str) -> None:
    """RFC 5802 9: every exchange has a nonce of the server's own."""
    spied = await Recorder.connect(town.port)
    town.stack.push_async_callback(spied.close)
    await spied.open()
    assert (await spied.scram(mechanism, "meera", "neem tree 7")).tag == f"{{{ns.SASL}}}success"
    thief = await town.connect()

    await thief.open()
    challenge = await thief.ask(spied.said[1])  # type: ignore[attr-defined]  # a Recorder
    answer = await thief.ask(spied.said[2])  # type: ignore[attr-defined]  # a Recorder

    assert challenge.tag == f"{{{ns.SASL}}}challenge"
    assert condition(answer) == "not-authorized"


async def test_an_exchange_cannot_be_finished_twice(town: Town) -> None:
    """RFC 6120 6.4.5: after a failure the client begins anew."""
    client = await town.connect()
    await client.open()
    await client.scram("SCRAM-SHA-256", "meera", "wrong")

    error = await client.ask(f"<response xmlns='{ns.SASL}'>Yz1iaXdz</response>")

    assert condition(error) == "policy-violation"


async def test_an_account_that_was_guessed_at_too_often_must_wait_and_is_told(town: Town) -> None:
    """RFC 6120 6.5.12: from whichever address, and with the right password too."""
    for _ in range(20):
        town.running.gateway.attempts.accounts.remember(Jid.parse("meera@localhost"))
    client = await town.connect()
    await client.open()

    refused = await client.auth("SCRAM-SHA-256", b"n,,n=meera,r=abc")
    other = await client.auth("PLAIN", b"\0ravi\0monsoon 42")

    assert condition(refused) == "temporary-auth-failure"
    assert child_text(refused, "text") == "Too many wrong logins. Try again in 5 minutes."
    assert other.tag == f"{{{ns.SASL}}}success"


async def test_an_address_that_guessed_too_often_must_wait_for_every_account(town: Town) -> None:
    for _ in range(100):
        town.running.gateway.attempts.addresses.remember("127.0.0.1")
    client = await town.connect()
    await client.open()

    assert condition(await client.auth("PLAIN", b"\0ravi\0monsoon 42")) == "temporary-auth-failure"


async def test_wrong_logins_count_for_the_address_and_the_account(town: Town) -> None:
    client = await town.connect()
    await client.open()
    await client.auth("PLAIN", b"\0meera\0wrong")
    await client.auth("OAUTHBEARER", b"n,a=meera@localhost,\x01auth=Bearer forged\x01\x01")
    await client.ask(f"<response xmlns='{ns.SASL}'>AQ==</response>")

    attempts = town.running.gateway.attempts
    assert len(attempts.addresses._failed_at["127.0.0.1"]) == 2
    assert len(attempts.accounts._failed_at[Jid.parse("meera@localhost")]) == 2


def test_old_failures_are_forgotten() -> None:
    now_s = 0.0
    attempts = Attempts(lambda: now_s, "key").of_address("192.0.2.1")
    bare = Jid.parse("meera@localhost")
    for _ in range(20):
        attempts.remember(bare)

    before = attempts.may_try(bare)
    now_s = 301.0

    assert [before, attempts.may_try(bare)] == [False, True]


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        (("192.0.2.7", 5), "", "192.0.2.7"),
        (("192.0.2.7", 5), "198.51.100.1", "192.0.2.7"),
        (("127.0.0.1", 5), "203.0.113.9, 198.51.100.1", "198.51.100.1"),
        (("127.0.0.1", 5), "", "127.0.0.1"),
        (None, "198.51.100.1", ""),
    ],
)
def test_only_a_proxy_on_this_machine_is_believed_about_addresses(
    peer: object, forwarded: str, address: str
) -> None:
    assert client_address(peer, forwarded) == address


def test_a_password_that_was_right_is_known_again_until_the_keys_change() -> None:
    verified, bare = Verified("key"), Jid.parse("meera@localhost")
    keys = scram.derive_keys("sha256", "neem tree 7", b"salt", 1)
    verified.remember(bare, "neem tree 7", keys)

    assert verified.holds(bare, "neem tree 7", keys)
    assert not verified.holds(bare, "wrong", keys)
    assert not verified.holds(bare, "neem tree 7", dataclasses.replace(keys, stored_key=b"other"))


async def test_without_passwords_a_stream_takes_tokens_only(town: Town) -> None:
    """PLAIN carries the token there, and no password."""
    login = town.running.gateway.new_login(town.running.gateway.new_stream(), None, "")
    login._takes_passwords = False

    assert login.mechanisms == ("OAUTHBEARER", "X-OAUTH2", "PLAIN")


async def test_x_oauth2_carries_a_token_like_a_password(town: Town) -> None:
    client = await town.connect()

    await client.authenticate("X-OAUTH2", f"\0meera\0{town.cookie('meera')}".encode())

    assert await client.bind("web") == "meera@localhost/web"


async def test_new_passwords_are_kept_with_as_many_rounds_as_the_settings_say(town: Town) -> None:
    """RFC 7677 4 asks for 4,096; whoever fears for his database takes more. Older keys stay."""
    usual, rounds = town.services.config, []
    for config in (usual, dataclasses.replace(usual, chat_scram_iterations=9999)):
        services = dataclasses.replace(town.services, config=config)
        async with unit_of_work(services, org_id=town.org.id) as ctx:
            made = await accounts.register(ctx, f"asha{len(rounds)}", "localhost", "long enough")
            rounds.append({name: keys.iterations for name, keys in accounts.keys_of(made).items()})

    assert rounds == [{"sha256": 4096, "sha1": 4096}, {"sha256": 9999, "sha1": 9999}]


async def test_scram_in_the_words_of_sasl2_gives_the_servers_proof_with_success(town: Town) -> None:
    """XEP-0388 2.5, 2.6.1."""
    client = await town.connect()
    await client.open()
    client_first = "n=meera,r=abc"
    begun = base64.b64encode(f"n,,{client_first}".encode()).decode()

    challenge = await client.ask(
        f"<authenticate xmlns='{ns.SASL2}' mechanism='SCRAM-SHA-256'>"
        f"<initial-response>{begun}</initial-response></authenticate>"
    )
    server_first = base64.b64decode(challenge.text or "").decode()
    final, proof = scram_final("neem tree 7", client_first, server_first)
    success = await client.ask(f"<response xmlns='{ns.SASL2}'>{final}</response>")
    features = await client.receive()

    assert (challenge.tag, success.tag) == (f"{{{ns.SASL2}}}challenge", f"{{{ns.SASL2}}}success")
    assert child_text(success, "additional-data") == proof
    assert child_text(success, "authorization-identifier") == "meera@localhost"
    assert features.tag == f"{{{ns.STREAM}}}features"
    assert await client.bind("web") == "meera@localhost/web"


def scram_final(password: str, client_first: str, server_first: str) -> tuple[str, str]:
    """The client's last message and the server's proof, in Base64 (RFC 5802 3)."""
    import hashlib
    import hmac

    fields = dict(pair.split("=", 1) for pair in server_first.split(","))
    salted = hashlib.pbkdf2_hmac(
        "sha256", password.encode(), base64.b64decode(fields["s"]), int(fields["i"])
    )
    key = hmac.digest(salted, b"Client Key", "sha256")
    unproved = f"c=biws,r={fields['r']}"
    signed = f"{client_first},{server_first},{unproved}".encode()
    signature = hmac.digest(hashlib.sha256(key).digest(), signed, "sha256")
    proof = base64.b64encode(bytes(a ^ b for a, b in zip(key, signature, strict=True))).decode()
    server = hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), signed, "sha256")
    last = base64.b64encode(b"v=" + base64.b64encode(server)).decode()
    return base64.b64encode(f"{unproved},p={proof}".encode()).decode(), last
