"""XEP-0059: pages of results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.protocol import ns
from app.protocol.element import Element, add, child, child_text, make
from app.protocol.errors import StanzaError
from app.protocol.number import read_number

#: No page is longer, whatever is asked for.
MAX_PAGE: Final = 250
#: No number of a page is greater; the database counts so far.
MOST: Final = 999_999_999


@dataclass(frozen=True, slots=True)
class PageRequest:
    """What part of the results is wanted.

    `before` of "" is the last page (2.5), None is no such wish. `max` of 0 is only the count (2.7).
    """

    max: int | None = None
    after: str | None = None
    before: str | None = None
    index: int | None = None

    def limit(self, usual: int) -> int:
        """How many items to give at most."""
        return min(usual if self.max is None else self.max, MAX_PAGE)


def read_page(query: Element) -> PageRequest:
    """The wish in a query's `<set/>`; the empty wish without one. Raises bad-request."""
    element = child(query, "set", ns.RSM)
    if element is None:
        return PageRequest()
    return PageRequest(
        max=_number(element, "max"),
        after=child_text(element, "after"),
        before=child_text(element, "before"),
        index=_number(element, "index"),
    )


def page_result(
    first: str | None, last: str | None, count: int | None = None, index: int | None = None
) -> Element:
    """The `<set/>` of an answer (2.1); an empty page names no first and last."""
    element = make("set", ns.RSM)
    if first is not None and last is not None:
        attributes = {} if index is None else {"index": str(index)}
        add(element, "first", None, attributes, text=first)
        add(element, "last", text=last)
    if count is not None:
        add(element, "count", text=str(count))
    return element


def _number(element: Element, name: str) -> int | None:
    text = child_text(element, name)
    if text is None:
        return None
    number = read_number(text, MOST)
    if number is None:
        raise StanzaError("bad-request", "modify", f"<{name}/> is a whole number.")
    return number
