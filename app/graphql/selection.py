"""Which sub-fields a document selects, so that a list can load what it needs in one query each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, InlineFragmentNode

from app.core.repository import snake
from app.graphql.context import Info

#: Deeper selections are not looked at; loaders of that depth do not exist.
_DEPTH = 5


def selected(info: Info) -> frozenset[str]:
    """Dotted snake_case paths below the field, for example `{"contact", "contact.tags"}`.

    `@skip` and `@include` are not looked at: loading a little too much does no harm.
    """
    found: set[str] = set()
    raw: Any = info._raw_info
    for node in raw.field_nodes:
        _walk(node.selection_set, raw.fragments, "", found, _DEPTH)
    return frozenset(found)


def _walk(
    selections: Any,
    fragments: Mapping[str, FragmentDefinitionNode],
    prefix: str,
    found: set[str],
    depth: int,
) -> None:
    if selections is None or depth == 0:
        return
    for node in selections.selections:
        if isinstance(node, FieldNode):
            path = prefix + snake(node.name.value)
            found.add(path)
            _walk(node.selection_set, fragments, path + ".", found, depth - 1)
        elif isinstance(node, InlineFragmentNode):
            _walk(node.selection_set, fragments, prefix, found, depth)
        elif isinstance(node, FragmentSpreadNode):
            fragment = fragments[node.name.value]
            _walk(fragment.selection_set, fragments, prefix, found, depth - 1)
