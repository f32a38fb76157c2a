"""What the editor offers while an expression is typed."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from starlette.responses import Response

from app.rest.floweditor.help import ROOT, WITHOUT_SESSION, function_help
from app.rest.floweditor.visit import Visit, answer
from app.runner.functions import FUNCTIONS as BUILT_IN
from app.runner.functions import Function as BuiltIn
from flows.expressions.functions import FUNCTIONS
from flows.expressions.values import Function

Json = dict[str, Any]

#: Type -> its properties: key, help, type.
_TYPES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "contact": (
        ("uuid", "the UUID of the contact", "text"),
        ("id", "the number of the contact", "text"),
        ("name", "the name of the contact", "text"),
        ("first_name", "the first name of the contact", "text"),
        ("phone", "the phone number of the contact", "text"),
        ("language", "the language of the contact", "text"),
        ("status", "whether messages reach the contact", "text"),
        ("bsp_status", "what may be sent to the contact", "text"),
        ("optin_time", "when the contact agreed to receive messages", "datetime"),
        ("optin_method", "how the contact agreed to receive messages", "text"),
        ("optout_time", "when the contact asked for no more messages", "datetime"),
        ("active_profile_name", "who of those who share the phone talks", "text"),
        ("list_profiles", "those who share the phone, one a line with a number", "text"),
        ("has_multiple_profile", "whether several persons share the phone", "text"),
        ("in_groups", "the names of the contact's collections", "array"),
        ("groups", "the contact's collections", "group"),
        ("fields", "the custom field values of the contact", "fields"),
        ("created_on", "when the contact was made", "datetime"),
        ("last_seen_on", "when the contact last wrote", "datetime"),
        ("timezone", "the time zone of the contact", "text"),
    ),
    "group": (
        ("uuid", "the UUID of the collection", "text"),
        ("name", "the name of the collection", "text"),
    ),
    "result": (
        ("value", "the value of the result", "text"),
        ("input", "what the contact wrote", "text"),
        ("category", "the category of the result", "text"),
        ("category_localized", "the category in the contact's language", "text"),
        ("created_on", "when the result was made", "datetime"),
        ("extra", "more of the result, such as the answer of a webhook", "any"),
    ),
    "input": (
        ("uuid", "the UUID of the message", "text"),
        ("text", "the text of the message", "text"),
        ("attachments", "the media of the message", "array"),
        ("type", "text, image, audio, video, document, location or a chosen option", "text"),
        ("created_on", "when the message came", "datetime"),
    ),
    "urns": (
        ("tel", "the phone number of the contact as an address", "text"),
        ("whatsapp", "the WhatsApp address of the contact", "text"),
        ("mailto", "the mail address of the contact", "text"),
    ),
    "run": (
        ("uuid", "the UUID of the run", "text"),
        ("flow", "the flow of the run", "flow"),
        ("contact", "the contact of the run", "contact"),
        ("results", "the results of the run", "results"),
        ("status", "the status of the run", "text"),
    ),
    "related_run": (
        ("uuid", "the UUID of the run", "text"),
        ("flow", "the flow of the run", "flow"),
        ("contact", "the contact of the run", "contact"),
        ("fields", "the custom field values of that contact", "fields"),
        ("results", "the results of the run", "results"),
        ("status", "the status of the run", "text"),
    ),
    "flow": (
        ("uuid", "the UUID of the flow", "text"),
        ("name", "the name of the flow", "text"),
    ),
    "node": (
        ("uuid", "the UUID of the node", "text"),
        ("visit_count", "how often this run came to the node", "number"),
        ("categories", "the names of the node's categories", "array"),
    ),
    "trigger": (
        ("type", "why the session began: msg, manual, flow_action, ...", "text"),
        ("params", "what the session was started with", "any"),
    ),
    "resume": (("type", "why the session goes on: msg, wait_timeout, ...", "text"),),
    "ticket": (
        ("uuid", "the UUID of the ticket", "text"),
        ("topic", "what the ticket is about", "group"),
        ("assignee", "the staff member who has the ticket", "group"),
    ),
    "calendar": (
        ("current_date", "today, as day/month/year", "text"),
        ("current_day", "the name of today's day of the week", "text"),
        ("current_month", "the name of this month", "text"),
        ("current_year", "this year", "text"),
        ("yesterday", "yesterday, as day/month/year", "text"),
        ("tomorrow", "tomorrow, as day/month/year", "text"),
    ),
}

#: Types whose properties are the organization's own: type -> where the keys are from, what they are.
_KEYED: dict[str, tuple[str, str, str]] = {
    "fields": ("fields", "{key} of the contact", "any"),
    "results": ("results", "the result {key}", "result"),
    "globals": ("globals", "the organization's variable {key}", "text"),
}


async def completion(visit: Visit) -> Response:
    """Names for `@`, functions for `@(`, and the functions that a webhook may name."""
    return answer(_whole())


async def functions(visit: Visit) -> Response:
    """The functions alone, as older editors ask for them."""
    return answer(_whole()["functions"])


@cache
def _whole() -> Json:
    keyed = [
        {
            "name": name,
            "key_source": source,
            "property_template": {"key": "{key}", "help": text, "type": kind},
        }
        for name, (source, text, kind) in _KEYED.items()
    ]
    types = [{"name": name, "properties": _properties(rows)} for name, rows in _TYPES.items()]
    root = [dict(item) for item in ROOT]
    plain = [item for item in root if item["key"] in WITHOUT_SESSION]
    listed = [_function(one) for _, one in sorted(FUNCTIONS.items())]
    return {
        "context": {"types": [*types, *keyed], "root": root, "root_no_session": plain},
        "functions": listed,
        "webhook": [_built_in(one) for _, one in sorted(BUILT_IN.items())],
    }


def _built_in(one: BuiltIn) -> Json:
    """A function for webhooks, with a body to begin from."""
    return {"name": one.name, "body": json.dumps(dict(one.example), indent=2)}


def _properties(rows: tuple[tuple[str, str, str], ...]) -> list[Json]:
    return [{"key": key, "help": text, "type": kind} for key, text, kind in rows]


def _function(one: Function) -> Json:
    return function_help(one.name)
