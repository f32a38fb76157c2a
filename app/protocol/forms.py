"""XEP-0004: data forms, as a dict on the way in and as fields on the way out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from app.protocol import ns
from app.protocol.element import Element, add, children, make

#: XEP-0068: names what the form is about.
FORM_TYPE: Final = "FORM_TYPE"
#: No form of ours has more fields or values.
MAX_FIELDS: Final = 100
MAX_VALUES: Final = 1000


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form (3.2)."""

    var: str
    values: tuple[str, ...] = ()
    type: str = "text-single"
    label: str = ""
    options: tuple[tuple[str, str], ...] = ()
    """Label and value of each choice (3.2.2)."""
    required: bool = False


def form(
    kind: str, form_type: str, fields: Iterable[Field], title: str = "", instructions: str = ""
) -> Element:
    """`<x/>` of type form, submit or result (3.1), its FORM_TYPE first."""
    element = make("x", ns.DATA_FORMS, {"type": kind})
    if title:
        add(element, "title", text=title)
    if instructions:
        add(element, "instructions", text=instructions)
    for field in (Field(FORM_TYPE, (form_type,), "hidden"), *fields):
        _add_field(element, field, kind)
    return element


def find_form(parent: Element, kind: str = "submit") -> Element | None:
    """The form of that type among the children."""
    for element in children(parent, "x", ns.DATA_FORMS):
        if element.get("type") == kind:
            return element
    return None


def values(element: Element) -> dict[str, tuple[str, ...]]:
    """Every field's values by name, FORM_TYPE among them; a field that comes twice keeps the last."""
    found: dict[str, tuple[str, ...]] = {}
    for index, field in enumerate(children(element, "field")):
        if index >= MAX_FIELDS:
            break
        texts = tuple(value.text or "" for value in children(field, "value"))
        found[field.get("var", "")] = texts[:MAX_VALUES]
    return found


def as_bool(text: str, default: bool) -> bool:
    """A boolean field's value (3.3)."""
    return {"1": True, "true": True, "0": False, "false": False}.get(text.strip(), default)


def _add_field(parent: Element, field: Field, kind: str) -> None:
    attributes = {"var": field.var}
    if kind != "submit" or field.type == "hidden":
        attributes["type"] = field.type
    if field.label:
        attributes["label"] = field.label
    element = add(parent, "field", attributes=attributes)
    if field.required:
        add(element, "required")
    for value in field.values:
        add(element, "value", text=value)
    for label, value in field.options:
        option = add(element, "option", attributes={"label": label})
        add(option, "value", text=value)
