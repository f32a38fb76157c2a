"""14.3.1: a test of text has one argument; editors have split some at the commas, also in translations."""

from __future__ import annotations

from collections.abc import Sequence

from flows.migrations.draft import Draft, dicts, text, translate, translation

VERSION = (14, 3, 1)

_TESTS = frozenset(
    [
        "has_all_words",
        "has_any_word",
        "has_beginning",
        "has_only_phrase",
        "has_only_text",
        "has_pattern",
        "has_phrase",
    ]
)


def upgrade(draft: Draft) -> None:
    for router in draft.routers():
        if router.get("type") != "switch":
            continue
        for case in dicts(router.get("cases")):
            if case.get("type") not in _TESTS:
                continue
            arguments = case.get("arguments")
            if isinstance(arguments, list) and len(arguments) > 1:
                case["arguments"] = [_joined(arguments)]
            _translations(draft, text(case, "uuid"))


def _translations(draft: Draft, case_uuid: str) -> None:
    for language in draft.languages():
        texts = translation(language, case_uuid, "arguments")
        if texts is not None and len(texts) > 1:
            translate(language, case_uuid, "arguments", [_joined(texts)])


def _joined(arguments: Sequence[object]) -> str:
    return " ".join(item if isinstance(item, str) else "" for item in arguments)
