"""Where templates stand in a definition, and how the names in them are changed.

Only what stands in `@name` and `@(...)` is changed; every other character of the text stays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import regex

from flows.expressions.lexer import SyntaxFault, Token, tokenize
from flows.expressions.template import MAX_UNCLOSED, closing_parenthesis
from flows.limits import MAX_TEMPLATE_CHARS
from flows.migrations.draft import Dict, Draft, dicts, translate, translation

Change = Callable[[str], str]

#: The properties of each action that hold templates, of any version; "a.b" is b in the object a or in
#: each object of the list a, and "*" is every member.
_PATHS: Mapping[str, tuple[str, ...]] = {
    "add_contact_groups": ("groups.name_match",),
    "add_contact_urn": ("path",),
    "add_input_labels": ("labels.name_match",),
    "call_classifier": ("input",),
    "call_llm": ("input", "instructions"),
    "call_webhook": ("body", "headers.*", "url"),
    "link_google_sheet": ("row", "row_data"),
    "open_ticket": ("assignee.email", "assignee.email_match", "body", "note", "subject"),
    "play_audio": ("audio_url",),
    "remove_contact_groups": ("groups.name_match",),
    "say_msg": ("text",),
    "send_broadcast": (
        "attachments",
        "contact_query",
        "groups.name_match",
        "legacy_vars",
        "quick_replies",
        "template_variables",
        "text",
    ),
    "send_email": ("addresses", "body", "subject"),
    "send_interactive_msg": ("attachment_type", "attachment_url", "text"),
    "send_msg": (
        "attachments",
        "quick_replies",
        "template_variables",
        "templating.components.params",
        "templating.variables",
        "text",
    ),
    "set_contact_field": ("value",),
    "set_contact_language": ("language",),
    "set_contact_name": ("name",),
    "set_contact_timezone": ("timezone",),
    "set_run_local": ("value",),
    "set_run_result": ("value",),
    "start_session": ("contact_query", "groups.name_match", "legacy_vars"),
}
_ROUTER_PATHS = ("operand", "cases.arguments", "wait.phone")


def rewrite(draft: Draft, change: Change) -> None:
    """Change every template of the definition, and every translation of one."""
    for node in draft.nodes():
        for action in dicts(node.get("actions")):
            for path in _PATHS.get(str(action.get("type")), ()):
                _rewrite(draft, action, path.split("."), change)
        if isinstance(node.get("router"), dict):
            for path in _ROUTER_PATHS:
                _rewrite(draft, node["router"], path.split("."), change)


def _rewrite(draft: Draft, holder: Dict, path: list[str], change: Change) -> None:
    key = path[0]
    if len(path) > 1:
        inner = holder.get(key)
        for item in [inner] if isinstance(inner, dict) else dicts(inner):
            _rewrite(draft, item, path[1:], change)
    elif key == "*":
        for name in holder:
            holder[name] = _changed(holder[name], change)
    elif key in holder:
        holder[key] = _changed(holder[key], change)
        uuid = holder.get("uuid")
        for language in draft.languages() if isinstance(uuid, str) else ():
            texts = translation(language, str(uuid), key)
            if texts is not None:
                translate(language, str(uuid), key, _changed(texts, change))


def _changed(value: Any, change: Change) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_changed(item, change) for item in value]
    if isinstance(value, dict) and "text" in value:
        # a quick reply of spec 14
        return {**value, "text": _changed(value["text"], change)}
    return value


# -- names inside of a text

#: `@@`, or the beginning of an expression, or `@name.path`.
_MARK = regex.compile(r"@@|@\(|@([\p{L}_][\p{L}\p{M}\p{N}_]*)((?:\.[\p{L}\p{M}\p{N}_]+)*)")

#: Given a root and its path, the new path; the root is lower-case, the path as the author wrote it.
ChangePath = Callable[[list[str]], list[str]]


def change_paths(source: str, root: str, change: ChangePath) -> str:
    """Give the template with `root.a.b` replaced by what `change` makes of its parts."""
    if len(source) > MAX_TEMPLATE_CHARS or root not in source.lower():
        return source
    pieces: list[str] = []
    at = unclosed = 0
    while match := _MARK.search(source, at):
        pieces.append(source[at : match.start()])
        at = match.end()
        if match.group() == "@(" and unclosed < MAX_UNCLOSED:
            end = closing_parenthesis(source, match.start() + 1)
            if end is not None:
                pieces.append(_in_expression(source[match.start() : end], root, change))
                at = end
                continue
            unclosed += 1
        elif match.group(1) and match.group(1).lower() == root:
            parts = [match.group(1), *match.group(2).split(".")[1:]]
            pieces.append("@" + ".".join(change(parts)))
            continue
        pieces.append(match.group())
    return "".join([*pieces, source[at:]])


def _in_expression(source: str, root: str, change: ChangePath) -> str:
    """Change the paths of `@(...)`; one that cannot be read stays as it is."""
    try:
        tokens = tokenize(source[1:])
    except SyntaxFault:
        return source
    pieces: list[str] = []
    at = 0
    for place, token in enumerate(tokens):
        if not _is_root(tokens, place, root):
            continue
        path = _path(tokens, place)
        last = tokens[place + 2 * (len(path) - 1)]
        pieces += [source[1:][at : token.at], ".".join(change(path))]
        at = last.at + len(last.text)
    return "@" + "".join([*pieces, source[1:][at:]])


def _is_root(tokens: list[Token], place: int, root: str) -> bool:
    token = tokens[place]
    after_dot = place > 0 and tokens[place - 1].text == "."
    return token.kind == "name" and token.text.lower() == root and not after_dot


def _path(tokens: list[Token], place: int) -> list[str]:
    parts = [tokens[place].text]
    while (
        len(tokens) > place + 2
        and tokens[place + 1].text == "."
        and tokens[place + 2].kind == "name"
    ):
        parts.append(tokens[place + 2].text)
        place += 2
    return parts
