"""RFC 6120 11: XML usage."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.protocol.element import make
from app.protocol.errors import StreamError
from app.protocol.xmlio import MAX_DEPTH, parse, serialise

NAMES = st.sampled_from(["body", "x", "item", "query"])
SPACES = st.sampled_from(["jabber:client", "urn:a", "urn:b"])
# Characters that XML 1.0 can hold; carriage returns are normalised by parsers (XML 2.11).
TEXTS = st.text(
    st.characters(
        exclude_categories=["Cs"],
        exclude_characters=[chr(c) for c in range(32)] + ["\ufffe", "\uffff"],
    ),
    max_size=20,
)
ELEMENTS = st.recursive(
    st.builds(
        lambda name, space, attributes, text: make(name, space, attributes, text=text),
        NAMES,
        SPACES,
        st.dictionaries(st.sampled_from(["id", "to", "a"]), TEXTS, max_size=3),
        TEXTS,
    ),
    lambda inner: st.builds(
        lambda name, space, children: make(name, space, None, *children),
        NAMES,
        SPACES,
        st.lists(inner, max_size=3),
    ),
    max_leaves=8,
)


def condition_of(text: str) -> str:
    with pytest.raises(StreamError) as caught:
        parse(text)
    return caught.value.condition


@given(ELEMENTS)
def test_what_is_serialised_parses_to_the_same(element: object) -> None:
    text = serialise(element)  # type: ignore[arg-type]  # hypothesis knows no type of ours

    assert text == serialise(parse(text))


@given(st.text(max_size=60))
def test_hostile_text_is_an_element_or_a_stream_error(text: str) -> None:
    for hostile in (text, f"<a>{text}</a>", f"<a b='{text}'/>"):
        try:
            parse(hostile)
        except StreamError as refusal:
            assert refusal.condition in {"not-well-formed", "restricted-xml"}


@pytest.mark.parametrize(
    "text",
    [
        "<!DOCTYPE a><a/>",
        "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        "<a><!-- note --></a>",
        "<a><?php go?></a>",
        "<?xml version='1.0'?><a/>",
    ],
)
def test_dtds_comments_and_instructions_are_restricted(text: str) -> None:
    """RFC 6120 11.1."""
    assert condition_of(text) == "restricted-xml"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "<a>",
        "<a/><b/>",
        "<a>&nbsp;</a>",
        "<a b=c/>",
        "<p:a/>",
        "<a>\x00</a>",
        "<a/>\ud800",
    ],
)
def test_what_is_no_element_is_not_well_formed(text: str) -> None:
    """RFC 6120 11.3; RFC 7395 3.3.3: one message is one element."""
    assert condition_of(text) == "not-well-formed"


def test_cdata_may_hold_what_looks_restricted() -> None:
    """RFC 6120 11.1 restricts comments and instructions, not text."""
    assert parse("<a><![CDATA[<!-- <?x?>]]></a>").text == "<!-- <?x?>"


def test_a_stanza_of_ten_thousand_bytes_is_taken_and_a_larger_one_than_the_limit_is_not() -> None:
    """RFC 6120 13.12."""
    assert len(parse(f"<a>{'b' * 10_000}</a>").text or "") == 10_000
    assert condition_of(f"<a>{'é' * 131_072}</a>") == "policy-violation"


def test_deep_trees_are_refused() -> None:
    deep = "<a>" * MAX_DEPTH + "</a>" * MAX_DEPTH
    deeper = f"<a>{deep}</a>"

    assert parse(deep).tag == "a"
    assert condition_of(deeper) == "policy-violation"
    assert condition_of("<a>" * 3000 + "</a>" * 3000) == "not-well-formed"
