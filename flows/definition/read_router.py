"""Read the router of a node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flows.actions.base import dicts_of, list_of, text_of
from flows.cases import CASES
from flows.expressions.template import compile_template
from flows.limits import MAX_CASE_ARGUMENTS, MAX_CASES
from flows.routers.base import Category, MsgWaitSpec, Router
from flows.routers.random import Random
from flows.routers.switch import Case, Switch
from flows.values import Json


class RouterFault(ValueError):
    """The router cannot be run."""


def read_router(data: Mapping[str, Json], exits: Sequence[str]) -> Router:
    """Give the router. Raises RouterFault for references that lead nowhere."""
    categories = tuple(
        Category(
            text_of(item, "uuid"), text_of(item, "name") or "Match", text_of(item, "exit_uuid")
        )
        for item in dicts_of(data, "categories")
    )
    for category in categories:
        if category.exit_uuid not in exits:
            raise RouterFault(f"exit {category.exit_uuid} of category {category.name} is missing")
    known = {category.uuid for category in categories}
    wait = _read_wait(data.get("wait"), known)
    result_name = text_of(data, "result_name")
    kind = text_of(data, "type")
    if kind == "random":
        return Random(categories, result_name, wait)
    if kind != "switch":
        raise RouterFault(f"there is no router {kind}")
    default = text_of(data, "default_category_uuid") or None
    if default and default not in known:
        raise RouterFault(f"default category {default} is not a valid category")
    return Switch(
        operand=compile_template(text_of(data, "operand") or "@input.text"),
        cases=_read_cases(dicts_of(data, "cases"), known),
        categories=categories,
        default_uuid=default,
        result_name=result_name,
        wait=wait,
    )


def _read_cases(items: Sequence[dict[str, Json]], known: set[str]) -> tuple[Case, ...]:
    if len(items) > MAX_CASES:
        raise RouterFault(f"there are more than {MAX_CASES} cases")
    cases = []
    for item in items:
        kind, category = text_of(item, "type"), text_of(item, "category_uuid")
        arguments = list_of(item, "arguments")
        if kind not in CASES:
            raise RouterFault(f"there is no case {kind}")
        if category not in known:
            raise RouterFault(f"case category {category} is not a valid category")
        if len(arguments) > MAX_CASE_ARGUMENTS:
            raise RouterFault(f"case {kind} has too many arguments")
        most = CASES[kind].most
        if most == 1 and len(arguments) > 1:
            # spec 14.3.1: several arguments of a test of text are one
            arguments = [" ".join(str(argument) for argument in arguments)]
        templates = tuple(compile_template(str(argument)) for argument in arguments[:most])
        cases.append(Case(text_of(item, "uuid"), kind, templates, category))
    return tuple(cases)


def _read_wait(raw: Json, known: set[str]) -> MsgWaitSpec | None:
    if not isinstance(raw, dict):
        return None
    hint = raw.get("hint")
    timeout = raw.get("timeout")
    shown = text_of(hint, "type") or None if isinstance(hint, dict) else None
    details = {k: v for k, v in hint.items() if k != "type"} if isinstance(hint, dict) else {}
    if not isinstance(timeout, dict):
        return MsgWaitSpec(hint=shown, hint_details=details)
    category = text_of(timeout, "category_uuid") or None
    if category and category not in known:
        raise RouterFault(f"timeout category {category} is not a valid category")
    seconds = text_of(timeout, "seconds") or text_of(timeout, "expression")
    return MsgWaitSpec(compile_template(seconds) if seconds else None, category, shown, details)
