"""Elements are lxml's; this page holds the few verbs that the server uses on them.

One tree is parsed once per frame and shared by all who see it. Whoever changes a stanza
that others may still hold works on `copy(element)`.
"""

from __future__ import annotations

import copy as _copy
from collections.abc import Iterator

from lxml.etree import Element as _new_element
from lxml.etree import SubElement as _sub_element
from lxml.etree import _Element

Element = _Element


def make(
    name: str,
    namespace: str,
    attributes: dict[str, str] | None = None,
    *children: Element,
    text: str | None = None,
) -> Element:
    """A new element whose default namespace is its own, with children and text."""
    made = _new_element(f"{{{namespace}}}{name}", attributes or {}, {None: namespace})
    made.text = text or None
    made.extend(children)
    return made


def add(
    parent: Element,
    name: str,
    namespace: str | None = None,
    attributes: dict[str, str] | None = None,
    text: str | None = None,
) -> Element:
    """A new last child of `parent`; without a namespace it takes that of `parent`."""
    space = namespace_of(parent) if namespace is None else namespace
    made = _sub_element(parent, f"{{{space}}}{name}", attributes or {}, {None: space})
    made.text = text or None
    return made


def namespace_of(element: Element) -> str:
    """The namespace of an element, "" for none."""
    tag = str(element.tag)
    return tag[1 : tag.index("}")] if tag.startswith("{") else ""


def name_of(element: Element) -> str:
    """The local name of an element."""
    return str(element.tag).rpartition("}")[2]


def child(element: Element, name: str, namespace: str | None = None) -> Element | None:
    """The first child of that name; without a namespace, in that of `element`."""
    space = namespace_of(element) if namespace is None else namespace
    return element.find(f"{{{space}}}{name}")


def children(element: Element, name: str, namespace: str | None = None) -> Iterator[Element]:
    """Every child of that name; without a namespace, in that of `element`."""
    space = namespace_of(element) if namespace is None else namespace
    return element.iterchildren(f"{{{space}}}{name}")


def has(element: Element, name: str, namespace: str | None = None) -> bool:
    """Whether there is a child of that name."""
    return child(element, name, namespace) is not None


def child_text(element: Element, name: str, namespace: str | None = None) -> str | None:
    """The text of the first child of that name: None without such a child, "" for an empty one."""
    found = child(element, name, namespace)
    return None if found is None else found.text or ""


def copy(element: Element) -> Element:
    """A deep copy that shares nothing with `element`, without what followed it."""
    copied = _copy.deepcopy(element)
    copied.tail = None
    return copied
