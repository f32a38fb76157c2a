"""RFC 6120 4: one stream over TCP, found element by element in what the socket gives.

The reader looks for the ends of top-level elements only and hands each one to the parser that
WebSocket messages go through, so both ways have the same limits. What it scans again when a tag
comes in pieces is bounded by MAX_TAG_CHARACTERS; what waits for an end, by the stanza's limit.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from typing import Final

from app.protocol import ns
from app.protocol.element import Element, make
from app.protocol.errors import StreamError
from app.protocol.framing import Feature, error_text, features_text, header_text
from app.protocol.xmlio import MAX_DEPTH, MAX_STANZA_BYTES, parse

#: No tag of a stanza comes near; the limit bounds the work on tags that come in pieces.
MAX_TAG_CHARACTERS: Final = 16_384
#: RFC 6120 4.8: the header's own size, with what may stand before it.
MAX_HEADER_CHARACTERS: Final = 4_096

_ATTRIBUTES: Final = r"""(?:[^"'<>]++|"[^"<]*+"|'[^'<]*+')*+"""
#: One piece of markup: an end tag, a CDATA section, or a start tag, perhaps of an empty element.
_MARKUP: Final = re.compile(
    rf"<(?:/(?P<end>[^<>]*+)|!\[CDATA\[(?P<cdata>.*?)\]\]|(?P<name>[^\s!?/<>\"'=]++){_ATTRIBUTES})>",
    re.DOTALL,
)
_DECLARATION: Final = re.compile(r"\s*<\?xml\b(?P<inner>[^?]*)\?>", re.DOTALL)
_HEADER: Final = re.compile(rf"\s*(?P<tag><[^\s!?/<>\"'=]++{_ATTRIBUTES}>)", re.DOTALL)
_ENCODING: Final = re.compile(r"""encoding\s*=\s*["']([^"']*)["']""")
_OWN_NAMESPACE: Final = re.compile(r"""\sxmlns\s*=""")
_PREFIXES: Final = re.compile(r"""\sxmlns:(?P<prefix>[^\s=]+)\s*=\s*(?P<value>"[^"]*"|'[^']*')""")
_CDATA_START: Final = "<![CDATA["


class TcpFraming:
    """The stream is one long document: RFC 6120 4.2 to 4.4."""

    def open_text(self, domain: str, stream_id: str, to: str = "") -> str:
        """4.2: our stream header."""
        return (
            f"<?xml version='1.0'?><stream:stream xmlns='{ns.CLIENT}' xmlns:stream='{ns.STREAM}'"
            f"{header_text(domain, stream_id, to)}>"
        )

    def close_text(self, see_other_uri: str | None = None) -> str:
        """4.4: the end of our stream.

        An address of a WebSocket is none for TCP, where see-other-host names a host (4.9.3.19): the
        client is told that the node stops, and finds another as it found this one.
        """
        error = error_text(StreamError("system-shutdown")) if see_other_uri else ""
        return f"{error}</stream:stream>"

    def features_text(self, features: Iterable[Feature]) -> str:
        """4.3.2: what is offered; the header has declared the prefix."""
        return features_text(features)

    def error_text(self, error: StreamError) -> str:
        """4.9.2: what went wrong."""
        return error_text(error)


TCP: Final = TcpFraming()


class XmlReader:
    """Finds the elements of a stream in what its socket gives."""

    def __init__(self, *, max_bytes: int = MAX_STANZA_BYTES) -> None:
        self._max_bytes = max_bytes
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._text = ""
        self._begin()

    def reset(self) -> None:
        """RFC 6120 4.3.3: a new stream begins with what comes next."""
        self._text = self._text[self._position :]
        self._begin()

    def forget(self) -> None:
        """5.4.3.3: what was read in the clear and not yet understood is thrown away."""
        self._decoder.reset()
        self._text = ""
        self._begin()

    def elements(self, frame: str | bytes) -> Iterator[Element]:
        """The elements that are whole by now: the header as `<open/>`, the end as `<close/>`.

        Raises StreamError. Between two elements `reset` may be called.
        """
        self._text += self._decode(frame)
        while (element := self._next()) is not None:
            yield element
        self._check_size()

    def _begin(self) -> None:
        self._position = 0
        #: Where the element at hand begins, and how deep the position is in it.
        self._start = 0
        self._depth = 0
        #: The end of a CDATA section was not found before this.
        self._searched = 0
        self._is_open = False
        self._stream_name = ""
        #: What an element must say of its own that the header says for all.
        self._declarations: list[tuple[str, str]] = []

    def _decode(self, frame: str | bytes) -> str:
        if isinstance(frame, str):
            return frame
        try:
            return self._decoder.decode(frame)
        except UnicodeDecodeError as error:
            # 4.9.3.22: a stream that breaks the rules of UTF-8 is improperly encoded.
            raise StreamError("unsupported-encoding") from error

    def _next(self) -> Element | None:
        if not self._is_open:
            return self._read_header()
        while True:
            if self._depth == 0:
                self._skip_space()
            at = self._text.find("<", self._position)
            if at < 0:
                self._position = len(self._text)
                return None
            found = self._markup(at)
            if found is None:
                self._position = at
                return None
            self._position = found.end()
            element = self._step(found)
            if element is not None:
                return element

    def _step(self, found: re.Match[str]) -> Element | None:
        """The element that ends with this markup, if one does."""
        if found["cdata"] is not None:
            return None
        if found["end"] is not None:
            if self._depth == 0:
                return self._end(found["end"])
            self._depth -= 1
        elif self._text[found.end() - 2] != "/":
            self._depth += 1
            if self._depth > MAX_DEPTH:
                raise StreamError(
                    "policy-violation", f"A stanza is nested deeper than {MAX_DEPTH}."
                )
        return self._cut() if self._depth == 0 else None

    def _end(self, name: str) -> Element:
        """4.4: the client's end of the stream."""
        if name.rstrip() != self._stream_name:
            raise StreamError("not-well-formed")
        return make("close", ns.FRAMING)

    def _cut(self) -> Element:
        """The element up to the position, parsed by itself."""
        text = self._text[self._start : self._position]
        self._text = self._text[self._position :]
        self._start = self._position = self._searched = 0
        return parse(self._declared(text), max_bytes=self._max_bytes)

    def _declared(self, text: str) -> str:
        """4.8: the element with the namespaces that it has from the header."""
        tag = _MARKUP.match(text)
        assert tag is not None, "an element begins with a tag"
        head = tag[0]
        added = "" if _OWN_NAMESPACE.search(head) else f" xmlns='{ns.CLIENT}'"
        for prefix, value in self._declarations:
            if f"{prefix}:" in text and f"xmlns:{prefix}" not in head:
                added += f" xmlns:{prefix}={value}"
        if not added:
            return text
        at = tag.end("name")
        return f"{text[:at]}{added}{text[at:]}"

    def _markup(self, at: int) -> re.Match[str] | None:
        """The markup at this place, None while it is not whole. Raises StreamError."""
        if self._text.startswith(_CDATA_START, at):
            if self._depth == 0:
                raise StreamError("not-well-formed")
            if self._text.find("]]>", max(at, self._searched)) < 0:
                self._searched = max(at, len(self._text) - 2)
                return None
        elif self._text.startswith(("<!", "<?"), at):
            if _CDATA_START.startswith(self._text[at : at + len(_CDATA_START)]):
                return None
            raise StreamError("restricted-xml")
        found = _MARKUP.match(self._text, at)
        if found is None:
            waiting = len(self._text) - at
            if waiting > MAX_TAG_CHARACTERS:
                raise StreamError("policy-violation", "A tag is too long.")
            if _is_hopeless(self._text, at):
                raise StreamError("not-well-formed")
        return found

    def _skip_space(self) -> None:
        """4.6.1: white space between elements keeps the connection alive and says nothing."""
        text, position = self._text, self._position
        while position < len(text) and text[position] in " \t\r\n":
            position += 1
        if position < len(text) and text[position] != "<":
            raise StreamError("not-well-formed", "There is text between stanzas.")
        self._text, self._position, self._start, self._searched = text[position:], 0, 0, 0

    def _check_size(self) -> None:
        if len(self._text) > self._max_bytes:
            raise StreamError(
                "policy-violation", f"A stanza is longer than {self._max_bytes} bytes."
            )

    def _read_header(self) -> Element | None:
        """4.2, 11.5: an optional declaration, then the header, as `<open/>`."""
        found = _DECLARATION.match(self._text)
        if found is not None:
            encoding = _ENCODING.search(found["inner"])
            if encoding is not None and encoding[1].lower() not in {"utf-8", "utf8"}:
                raise StreamError("unsupported-encoding")
        start = found.end() if found else 0
        header = _HEADER.match(self._text, start)
        if header is None:
            self._check_header_start(start)
            return None
        tag = header["tag"]
        opened = parse(tag if tag.endswith("/>") else f"{tag[:-1]}/>")
        self._check_header(opened)
        self._is_open = True
        self._text = self._text[header.end() :]
        self._position = self._start = 0
        self._stream_name = re.split(r"[\s>]", tag[1:], maxsplit=1)[0]
        self._declarations = [(m["prefix"], m["value"]) for m in _PREFIXES.finditer(tag)]
        attributes = {k: v for k in _HEADER_ATTRIBUTES if (v := opened.get(k)) is not None}
        return make("open", ns.FRAMING, attributes)

    def _check_header_start(self, start: int) -> None:
        rest = self._text[start : start + MAX_HEADER_CHARACTERS + 1].lstrip()
        if len(rest) > MAX_HEADER_CHARACTERS:
            raise StreamError("policy-violation", "The stream header is too long.")
        if rest and not rest.startswith("<"):
            raise StreamError("not-well-formed")
        if rest.startswith(("<!", "<?")) and not (start == 0 and "<?xml".startswith(rest[:5])):
            raise StreamError("restricted-xml")
        if rest and _is_hopeless(rest, 0) and not rest.startswith("<?"):
            raise StreamError("not-well-formed")

    def _check_header(self, opened: Element) -> None:
        """4.8.1, 4.8.2: the stream's namespace, and that of its contents."""
        if opened.tag != f"{{{ns.STREAM}}}stream" or opened.nsmap.get(None) != ns.CLIENT:
            raise StreamError("invalid-namespace")


#: RFC 6120 4.7: what of the header concerns the stream.
_HEADER_ATTRIBUTES: Final = ("to", "from", "version", f"{{{ns.XML}}}lang")
#: The beginning of a tag that may still become one.
_HOPEFUL: Final = re.compile(
    r"""<(?:/[^<>]*+|(?:[^\s!?/<>"'=]++(?:[^"'<>]++|"[^"<]*+"|'[^'<]*+')*+(?:"[^"<]*+|'[^'<]*+)?)?)\Z"""
)


def _is_hopeless(text: str, at: int) -> bool:
    """Whether no more text can make a tag of what stands there."""
    return _HOPEFUL.match(text, at) is None
