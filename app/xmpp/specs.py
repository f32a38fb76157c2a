"""`python -m app.xmpp.specs`: docs/specs.md, made from what the modules say that they implement."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Final

from app.xmpp.loader import MODULES
from app.xmpp.module import Implements

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "specs.md"
_LINKS: Final = {
    "RFC": "https://www.rfc-editor.org/rfc/rfc{}",
    "XEP": "https://xmpp.org/extensions/xep-{}.html",
}
_HEAD: Final = """# What the chat server implements

Made from the modules by `python -m app.xmpp.specs`; a test fails when this page is stale.
Where no part is named, it is the server's part of the whole document.

| document | version | parts | module |
|---|---|---|---|
"""


def page() -> str:
    """The page as it should be."""
    rows = sorted(_rows(), key=lambda row: (_order(row[1].document), row[1].note))
    return _HEAD + "".join(_row(name, implements) for name, implements in rows)


def _rows() -> Iterator[tuple[str, Implements]]:
    """What modules implement, and what the server itself does below them."""
    for name in MODULES:
        stated = import_module(f"app.xmpp.modules.{name}").IMPLEMENTS
        for implements in stated if isinstance(stated, tuple) else (stated,):
            yield f"modules/{name}", implements
    for implements in _CORE:
        yield "server", implements


#: What no module does: streams, addresses and delivery.
_CORE: Final = (
    Implements("RFC 6120", "", "streams, SASL, binding, stanzas and errors"),
    Implements("RFC 6121", "", "8: delivery by type, for bare and full addresses"),
    Implements("RFC 7395", "", "XMPP over WebSocket"),
    Implements("RFC 7622", "", "addresses"),
    Implements("RFC 7590", "", "TLS 1.2 or newer, without compression and renegotiation"),
    Implements("RFC 4422", "", "A: EXTERNAL, on streams that come with a cookie"),
    Implements(
        "RFC 4505", "", "ANONYMOUS, on streams that come with a cookie: the cookie says who"
    ),
    Implements("RFC 4616", "", "PLAIN"),
    Implements("RFC 5802", "", "SCRAM-SHA-1, without channel binding"),
    Implements("RFC 7677", "", "SCRAM-SHA-256, without channel binding"),
    Implements("RFC 7628", "", "OAUTHBEARER"),
    Implements("XEP-0368", "1.1.0", "direct TLS for clients, with ALPN"),
    Implements("XEP-0227", "1.1", "accounts to and from other servers: `samvad chat-data`"),
    Implements("XEP-0156", "1.4.0", "host-meta, served by `web`"),
)


def _order(document: str) -> tuple[int, str]:
    kinds = ("RFC", "XEP")
    kind = document.partition(" ")[0].partition("-")[0]
    return (kinds.index(kind) if kind in kinds else len(kinds), document)


def _row(module: str, implements: Implements) -> str:
    cells = (_linked(implements.document), implements.version, implements.note, f"`{module}`")
    return f"| {' | '.join(cells)} |\n"


def _linked(document: str) -> str:
    for kind, link in _LINKS.items():
        number = document.removeprefix(kind).lstrip(" -")
        if document.startswith(kind):
            return f"[{document}]({link.format(number)})"
    return f"`{document}`"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
