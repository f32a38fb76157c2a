"""What the specification asks of each action and router, as a table (goflow refuses the rest on reading).

`compile_flow(..., strict=True)` applies it; without it flows are read as leniently as Glific's editors
have written them over the years.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import regex

from flows.cases import CASES
from flows.urns import SCHEMES
from flows.values import Json

Check = Callable[[Any], str]

_UUID = regex.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_HEADER = regex.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_LOCAL = regex.compile(r"[a-z_][a-z0-9_]{0,63}")
_RESULT = regex.compile(r"(?=.*[\p{L}\p{N}]).{1,64}")


def _required(value: Any) -> str:
    return "is required" if value in (None, "", [], {}) else ""


def _at_most(size: int) -> Check:
    """Say what is wrong with a text or list that is longer."""

    def check(value: Any) -> str:
        sized = isinstance(value, (str, list, dict))
        return f"is longer than {size}" if sized and len(value) > size else ""

    return check


def _each(check: Check) -> Check:
    def check_all(value: Any) -> str:
        items = value if isinstance(value, list) else []
        return next((fault for item in items if (fault := check(item))), "")

    return check_all


def _one_of(*choices: str) -> Check:
    return lambda value: "" if value in choices else f"is none of {', '.join(choices)}"


def _like(pattern: Any, what: str) -> Check:
    def check(value: Any) -> str:
        if value in (None, ""):
            return ""
        return "" if isinstance(value, str) and pattern.fullmatch(value) else f"is no valid {what}"

    return check


def _reference(value: Any) -> str:
    """Say what is wrong with {"uuid", "name"}, or {"name_match"}; null is none of our concern."""
    if not isinstance(value, Mapping):
        return "" if value is None else "is no reference"
    if any(value.get(key) for key in ("name_match", "email_match", "email")):
        return ""
    return _UUID_CHECK(value.get("uuid")) or ("" if value.get("uuid") else "has no uuid")


def _reply(value: Any) -> str:
    text = value.get("text", "") if isinstance(value, Mapping) else value
    return _at_most(1000)(text)


def _headers(value: Any) -> str:
    if not isinstance(value, Mapping):
        return ""
    for name, text in value.items():
        fault = _at_most(100)(name) or _at_most(5_000)(text)
        if fault:
            return f"{name[:20]} {fault}"
        if not _HEADER.fullmatch(name):
            return f"{name} is no valid header"
    return _at_most(10)(value)


def _known_scheme(value: Any) -> str:
    return "" if value in SCHEMES else "is no known scheme"


_UUID_CHECK = _like(_UUID, "uuid")
_RESULT_NAME = _like(_RESULT, "name of a result")
_REFERENCES = (_each(_reference),)
_MESSAGE: dict[str, tuple[Check, ...]] = {
    "text": (_required, _at_most(10_000)),
    "attachments": (_at_most(10), _each(_at_most(2_048))),
    "quick_replies": (_at_most(10), _each(_reply)),
    "template": (_reference,),
    "template_variables": (_at_most(100), _each(_at_most(1_000))),
}
_PEOPLE: dict[str, tuple[Check, ...]] = {
    "groups": _REFERENCES,
    "contacts": _REFERENCES,
    "contact_query": (_at_most(10_000),),
}

#: Type of an action -> property -> what must hold of it.
ACTION_RULES: Mapping[str, Mapping[str, tuple[Check, ...]]] = {
    "add_contact_groups": {"groups": (_required, *_REFERENCES)},
    "add_contact_urn": {"scheme": (_required, _known_scheme), "path": (_required,)},
    "add_input_labels": {"labels": (_required, *_REFERENCES)},
    "call_classifier": {
        "classifier": (_required, _reference),
        "input": (_required,),
        "result_name": (_required, _RESULT_NAME),
    },
    "call_webhook": {
        "method": (_required, _one_of("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")),
        "url": (_required, _at_most(8_192)),
        "headers": (_headers,),
        "body": (_at_most(20_000),),
        "result_name": (_RESULT_NAME,),
    },
    "enter_flow": {"flow": (_required, _reference)},
    "open_ticket": {
        "topic": (_reference,),
        "assignee": (_reference,),
        "note": (_at_most(10_000),),
    },
    "remove_contact_groups": {"groups": _REFERENCES},
    "request_optin": {"optin": (_required, _reference)},
    "send_broadcast": {**_MESSAGE, **_PEOPLE},
    "send_email": {
        "addresses": (_required, _at_most(10), _each(_required)),
        "subject": (_required, _at_most(1_000)),
        "body": (_required, _at_most(10_000)),
    },
    "send_msg": _MESSAGE,
    "set_contact_channel": {"channel": (_reference,)},
    "set_contact_field": {"field": (_required,), "value": (_at_most(1_000),)},
    "set_contact_language": {"language": (_at_most(1_000),)},
    "set_contact_name": {"name": (_at_most(1_000),)},
    "set_contact_status": {"status": (_one_of("active", "blocked", "stopped", "archived"),)},
    "set_contact_timezone": {"timezone": (_at_most(1_000),)},
    "set_run_local": {
        "local": (_required, _like(_LOCAL, "name of a local")),
        "value": (_at_most(1_000),),
        "operation": (_one_of("set", "increment", "clear"),),
    },
    "set_run_result": {
        "name": (_required, _RESULT_NAME),
        "value": (_at_most(10_000),),
        "category": (_at_most(36),),
    },
    "start_session": {"flow": (_required, _reference), **_PEOPLE},
}


def action_faults(action: Mapping[str, Json]) -> Iterator[str]:
    """Give what is wrong with an action, property by property."""
    for name, checks in ACTION_RULES.get(str(action.get("type")), {}).items():
        fault = next((fault for check in checks if (fault := check(action.get(name)))), "")
        if fault:
            yield f"{name} {fault}"
    if _UUID_CHECK(action.get("uuid")) or not action.get("uuid"):
        yield "uuid is no valid uuid"
    if action.get("type") == "remove_contact_groups" and (
        bool(action.get("all_groups")) == bool(action.get("groups"))
    ):
        yield "groups are to be named, or all of them meant"


def router_faults(router: Mapping[str, Json]) -> Iterator[str]:
    """Give what is wrong with a router besides where it leads."""
    categories = router.get("categories")
    if not isinstance(categories, list) or not categories:
        yield "categories are required"
        return
    if router.get("result_name") and _RESULT_NAME(router["result_name"]):
        yield "result_name is no valid name of a result"
    if router.get("type") == "switch" and not router.get("operand"):
        yield "operand is required"
    for category in categories:
        name = category.get("name") if isinstance(category, Mapping) else None
        if _required(name) or _at_most(36)(name):
            yield "a category has no name, or one that is too long"
    for case in router.get("cases") or ():
        if isinstance(case, Mapping) and case.get("type") in CASES:
            kind = CASES[str(case["type"])]
            arguments = case.get("arguments") or ()
            if not kind.fewest <= len(arguments) <= max(kind.most, 1):
                yield f"case {kind.name} has the wrong number of arguments"
