"""SASL mechanisms from the server's side."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.protocol.jid import Jid
from app.protocol.sasl import anonymous, external, plain, scram, token
from app.protocol.sasl.errors import SaslError
from app.protocol.sasl.saslprep import saslprep

MEERA = Jid("meera", "localhost")


def refusal(call: object, *arguments: object) -> str:
    with pytest.raises(SaslError) as caught:
        call(*arguments)  # type: ignore[operator]  # any callable
    return caught.value.condition


def test_scram_sha_256_is_as_in_rfc_7677_3() -> None:
    keys = scram.derive_keys("sha256", "pencil", base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096)
    exchange = scram.Exchange("SCRAM-SHA-256")

    exchange.first(b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO")
    challenge = exchange.challenge(keys, "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0")
    proof = exchange.final(
        b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
        b"p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    )

    assert exchange.username == "user"
    assert (
        challenge
        == b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
    )
    assert proof == b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


def test_scram_sha_1_is_as_in_rfc_5802_5() -> None:
    keys = scram.derive_keys("sha1", "pencil", base64.b64decode("QSXCR+Q6sek8bf92"), 4096)
    exchange = scram.Exchange("SCRAM-SHA-1")

    exchange.first(b"n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL")
    exchange.challenge(keys, "3rfcNHYJY1ZVvWVs7j")
    proof = exchange.final(
        b"c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="
    )

    assert proof == b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ="


@pytest.mark.parametrize(
    ("final", "condition"),
    [
        (b"c=biws,r=ab,p=AAAA", "not-authorized"),
        (b"c=biws,r=wrong,p=AAAA", "not-authorized"),
        (b"c=eSws,r=ab,p=AAAA", "not-authorized"),
        (b"c=biws,r=ab,p=" + base64.b64encode(bytes(32)), "not-authorized"),
        (b"c=biws,r=ab,p=?", "malformed-request"),
        (b"c=biws,r=ab", "malformed-request"),
        (b"\xff", "malformed-request"),
        (b"c=" + b"b" * 5000, "malformed-request"),
    ],
)
def test_a_wrong_scram_proof_is_refused(final: bytes, condition: str) -> None:
    """RFC 5802 5.1, 7."""
    exchange = scram.Exchange("SCRAM-SHA-256")
    exchange.first(b"n,,n=user,r=a")
    exchange.challenge(scram.derive_keys("sha256", "pencil", b"salt", 1), "b")

    assert condition == refusal(exchange.final, final)


@pytest.mark.parametrize(
    "first",
    [
        b"",
        b"n,,",
        b"p=tls-unique,,n=user,r=a",
        b"n,,n=,r=a",
        b"n,,n=a=b,r=a",
        b"n,,m=x,n=a,r=a",
        b"n,,n=a,r=",
    ],
)
def test_a_scram_message_of_another_form_is_malformed(first: bytes) -> None:
    """RFC 5802 5.1, 6, 7."""
    assert refusal(scram.Exchange("SCRAM-SHA-1").first, first) == "malformed-request"


def test_scram_names_are_unescaped() -> None:
    """RFC 5802 5.1."""
    exchange = scram.Exchange("SCRAM-SHA-1")
    exchange.first(b"y,a=x=2Cy@localhost,n=a=3Db,r=n")

    assert (exchange.authzid, exchange.username) == ("x,y@localhost", "a=b")


def test_a_password_is_checked_against_its_keys() -> None:
    keys = scram.derive_keys("sha256", "neem tree", b"salt", 10)

    assert scram.check_password("sha256", "neem tree", keys)
    assert not scram.check_password("sha256", "neem trees", keys)
    assert repr(keys) == "Keys(iterations=10)"


def test_plain_is_three_parts() -> None:
    """RFC 4616 2."""
    assert plain.Credentials("", "meera", "नीम") == plain.read("\0meera\0नीम".encode())
    assert repr(plain.read(b"\0meera\0secret")) == "Credentials('', 'meera', ***)"
    for wrong in (b"", b"meera\0secret", b"\0\0secret", b"\0meera\0", b"\0a\0b\0c", b"\0a\0\xff"):
        assert refusal(plain.read, wrong) == "malformed-request"


@pytest.mark.parametrize("authzid", [b"", b"meera@localhost", b"Meera@LOCALHOST", b"localhost"])
def test_external_takes_the_own_address_or_nothing(authzid: bytes) -> None:
    """RFC 4422 A."""
    external.check(authzid, MEERA)


@pytest.mark.parametrize("authzid", [b"ravi@localhost", b"meera@localhost/r", b"@", b"other"])
def test_external_refuses_another_identity(authzid: bytes) -> None:
    assert refusal(external.check, authzid, MEERA) == "invalid-authzid"


def test_an_anonymous_trace_is_short() -> None:
    """RFC 4505 2."""
    anonymous.check(b"a@b")
    assert refusal(anonymous.check, b"a" * 256) == "malformed-request"


def test_bearer_tokens_come_in_two_forms() -> None:
    """RFC 7628 3.1."""
    assert plain.Credentials("meera@localhost", "meera", "tok.en") == token.read(
        "OAUTHBEARER", b"n,a=meera@localhost,\x01auth=Bearer tok.en\x01\x01"
    )
    assert plain.Credentials("", "", "t") == token.read(
        "OAUTHBEARER", b"n,,\x01auth=Bearer t\x01\x01"
    )
    assert plain.Credentials("", "meera", "t") == token.read("X-OAUTH2", b"\0meera\0t")
    for wrong in (b"", b"n,,", b"p=x,,\x01auth=Bearer t\x01\x01", b"n,,\x01auth=Basic t\x01\x01"):
        assert refusal(token.read, "OAUTHBEARER", wrong) == "malformed-request"


@pytest.mark.parametrize(
    ("text", "prepared"),
    [("I\u00adX", "IX"), ("user", "user"), ("\u00aa", "a"), ("\u2168", "IX"), ("a\u00a0b", "a b")],
)
def test_passwords_are_prepared(text: str, prepared: str) -> None:
    """RFC 4013 3."""
    assert prepared == saslprep(text)


def test_control_characters_have_no_place_in_a_password() -> None:
    """RFC 4013 3."""
    assert refusal(saslprep, "\u0007") == "malformed-request"


@given(st.binary(max_size=80))
def test_hostile_payloads_raise_nothing_but_sasl_errors(payload: bytes) -> None:
    for read in (
        plain.read,
        anonymous.check,
        scram.Exchange("SCRAM-SHA-256").first,
        lambda p: external.check(p, MEERA),
        lambda p: token.read("OAUTHBEARER", p),
    ):
        try:
            read(payload)
        except SaslError as refusal:
            assert refusal.condition in {"malformed-request", "invalid-authzid"}
