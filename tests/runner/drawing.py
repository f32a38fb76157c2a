"""Small flows, drawn in a few words."""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_URL, uuid5

Json = dict[str, Any]


def uid(name: str) -> str:
    """The same uuid for the same name."""
    return str(uuid5(NAMESPACE_URL, name))


def say(text: str, **more: Any) -> Json:
    base = {"type": "send_msg", "text": text, "quick_replies": [], "attachments": []}
    return base | more


def node(name: str, *actions: Json, to: str | None = None) -> Json:
    return {
        "uuid": uid(name),
        "actions": [{"uuid": uid(f"{name}/{i}"), **action} for i, action in enumerate(actions)],
        "exits": [_exit(name, "out", to)],
    }


def ask(
    name: str, result: str, to: str | None, wait: Json | None = None, timeout: str | None = None
) -> Json:
    """Wait for a message, store it as `result`, go on; after the wait's timeout to `timeout`."""
    categories = [_category(name, "All Responses", "all")]
    exits = [_exit(name, "all", to)]
    made: Json = wait or {"type": "msg"}
    if "timeout" in made:
        categories.append(_category(name, "No Response", "late"))
        exits.append(_exit(name, "late", timeout))
        made["timeout"]["category_uuid"] = uid(f"{name}:No Response")
    return {
        "uuid": uid(name),
        "actions": [],
        "router": {
            "type": "switch",
            "operand": "@input.text",
            "wait": made,
            "result_name": result,
            "default_category_uuid": uid(f"{name}:All Responses"),
            "cases": [],
            "categories": categories,
        },
        "exits": exits,
    }


def call(name: str, url: str, result: str, to: str, failed: str, method: str = "POST") -> Json:
    """Call a webhook and go on by its outcome."""
    action = {
        "uuid": uid(f"{name}/call"),
        "type": "call_webhook",
        "method": method,
        "url": url,
        "headers": {"X-Api-Key": "hush", "Accept": "application/json"},
        "body": '{"contact": "@contact", "results": "@results", "custom_key": "custom_value"}',
        "result_name": result,
    }
    return {
        "uuid": uid(name),
        "actions": [action],
        "router": {
            "type": "switch",
            "operand": f"@results.{result}.category",
            "default_category_uuid": uid(f"{name}:Failure"),
            "cases": [
                {
                    "uuid": uid(f"{name}/case"),
                    "type": "has_only_text",
                    "arguments": ["Success"],
                    "category_uuid": uid(f"{name}:Success"),
                }
            ],
            "categories": [_category(name, "Success", "ok"), _category(name, "Failure", "bad")],
        },
        "exits": [_exit(name, "ok", to), _exit(name, "bad", failed)],
    }


def flow(name: str, *nodes: Json) -> Json:
    places = {
        item["uuid"]: {"position": {"top": 100 * i, "left": 0}, "type": "execute_actions"}
        for i, item in enumerate(nodes)
    }
    return {
        "uuid": uid(f"flow {name}"),
        "name": name,
        "language": "base",
        "type": "messaging",
        "spec_version": "13.1.0",
        "vars": [uid(f"flow {name}")],
        "nodes": list(nodes),
        "localization": {},
        "expire_after_minutes": 10080,
        "_ui": {"nodes": places},
    }


def _category(name: str, label: str, way: str) -> Json:
    return {"uuid": uid(f"{name}:{label}"), "name": label, "exit_uuid": uid(f"{name}>{way}")}


def _exit(name: str, way: str, to: str | None) -> Json:
    return {"uuid": uid(f"{name}>{way}"), "destination_uuid": uid(to) if to else None}
