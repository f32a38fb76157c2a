"""RFC 7622: addresses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.protocol.jid import BadJid, Jid


@pytest.mark.parametrize(
    ("text", "local", "domain", "resource"),
    [
        ("meera@localhost", "meera", "localhost", ""),
        ("meera@localhost/web-123", "meera", "localhost", "web-123"),
        ("localhost", "", "localhost", ""),
        ("Meera@LocalHost/Web", "meera", "localhost", "Web"),
        ("a@b.example./r", "a", "b.example", "r"),
        ("a@b/r@c/d", "a", "b", "r@c/d"),
        ("group-0190@localhost/मीरा", "group-0190", "localhost", "मीरा"),
        ("मीरा@localhost", "मीरा", "localhost", ""),
        ("\uff21b@localhost", "ab", "localhost", ""),
        ("juliet@example.com/foo\u2003bar", "juliet", "example.com", "foo bar"),
        ("a@[::1]", "a", "[::1]", ""),
        ("fu\u00dfball@localhost", "fu\u00dfball", "localhost", ""),
        ("\u03a3@localhost", "\u03c3", "localhost", ""),
        ("king@localhost/\u265a", "king", "localhost", "\u265a"),
        ("e\u0301@localhost/e\u0301", "\u00e9", "localhost", "\u00e9"),
    ],
)
def test_an_address_is_kept_in_its_normal_form(
    text: str, local: str, domain: str, resource: str
) -> None:
    """RFC 7622 3.2 to 3.4."""
    assert Jid(local, domain, resource) == Jid.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@localhost",
        "meera@",
        "meera@localhost/",
        "/web",
        "me era@localhost",
        'me"era@localhost',
        "a:b@localhost",
        "a<b@localhost",
        "a@b@localhost",
        "a@-b",
        "a@b..c",
        "a@b c",
        "a\x00@localhost",
        "a@localhost/\x07",
        "\u265a@localhost",
        "henry\u2163@localhost",
        "a\u05d0@localhost",
        "a\u200d@localhost",
        "a@localhost/\ue000",
        "a@localhost/\ud800",
        f"{'a' * 1024}@localhost",
        f"a@{'b' * 1024}",
        f"a@localhost/{'é' * 512}",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    """RFC 7622 3.3.1, 3.3.2, 3.5."""
    with pytest.raises(BadJid):
        Jid.parse(text)


def test_each_part_may_have_1023_bytes() -> None:
    """RFC 7622 3.2 to 3.4."""
    text = f"{'a' * 1023}@{'b' * 1023}/{'c' * 1023}"

    assert text == str(Jid.parse(text))


def test_the_bare_address_has_no_resource() -> None:
    full = Jid.parse("meera@localhost/web")

    assert (Jid("meera", "localhost"), False, True) == (full.bare, full.is_bare, full.bare.is_bare)


def test_find_gives_none_for_what_is_no_address() -> None:
    assert [None, None, Jid("", "a")] == [Jid.find(None), Jid.find("@"), Jid.find("a")]


@given(st.text(max_size=40))
def test_any_text_is_an_address_or_a_refusal_and_the_normal_form_is_stable(text: str) -> None:
    try:
        jid = Jid.parse(text)
    except BadJid:
        return
    assert jid == Jid.parse(str(jid))
