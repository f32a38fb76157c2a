"""Text to element and back, within the limits of RFC 6120 11.1: no DTD, comment or instruction."""

from __future__ import annotations

import re
from typing import Final

from lxml import etree

from app.protocol.element import Element
from app.protocol.errors import StreamError

#: RFC 6120 13.12: a server must take at least 10 000 bytes; most limit stanzas to 64 to 256 KiB.
MAX_STANZA_BYTES: Final = 262_144
#: Deeper trees serve only to hurt; lxml itself stops at 256.
MAX_DEPTH: Final = 64
#: No specification comes near; a tag of thousands is there to cost memory in everything it meets.
MAX_ATTRIBUTES: Final = 256

_PARSER: Final = etree.XMLParser(
    resolve_entities=False,
    no_network=True,
    load_dtd=False,
    huge_tree=False,
    collect_ids=False,
    ns_clean=False,
)
_CDATA: Final = re.compile(r"<!\[CDATA\[.*?\]\]>", re.DOTALL)


def parse(text: str, *, max_bytes: int = MAX_STANZA_BYTES) -> Element:
    """The one element that the text is. Raises StreamError: policy-violation, restricted-xml, not-well-formed."""
    # A character has at most four bytes: the exact count is needed near the limit only.
    if len(text) * 4 > max_bytes and len(text.encode(errors="replace")) > max_bytes:
        raise StreamError("policy-violation", f"A stanza is longer than {max_bytes} bytes.")
    if ("<!" in text or "<?" in text) and _is_restricted(text):
        raise StreamError("restricted-xml")
    try:
        element = etree.fromstring(text, _PARSER)
    except (etree.XMLSyntaxError, ValueError) as error:
        # ValueError: characters that XML has no way to hold.
        raise StreamError("not-well-formed") from error
    if text.count("<") > MAX_DEPTH and _depth(element) > MAX_DEPTH:
        raise StreamError("policy-violation", f"A stanza is nested deeper than {MAX_DEPTH}.")
    if text.count("=") > MAX_ATTRIBUTES and _has_too_many_attributes(element):
        raise StreamError("policy-violation", f"A tag has more than {MAX_ATTRIBUTES} attributes.")
    return element


def serialise(element: Element) -> str:
    """The element as text, with every namespace that it uses and without what follows it."""
    return etree.tostring(element, encoding="unicode", with_tail=False)


def _is_restricted(text: str) -> bool:
    """Whether anything of RFC 6120 11.1 stands outside of CDATA sections."""
    rest = _CDATA.sub("", text)
    return "<!" in rest or "<?" in rest


def _has_too_many_attributes(element: Element) -> bool:
    return any(
        len(part.attrib) > MAX_ATTRIBUTES or len(part.nsmap) > MAX_ATTRIBUTES
        for part in element.iter()
    )


def _depth(element: Element) -> int:
    deepest = depth = 0
    for event, _ in etree.iterwalk(element, events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
    return deepest
