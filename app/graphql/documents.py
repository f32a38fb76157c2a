"""Documents made ready once: read, folded, checked; kept by their text.

Limits stand here because they are checked once per text too.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    SelectionSetNode,
    parse,
    specified_rules,
    validate,
)
from strawberry.extensions import SchemaExtension
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule

from app.graphql import lenient

#: Levels of fields; introspection is not counted.
MAX_DEPTH = 12
#: Fields with an alias of the caller's own, and fields in all, after fragments are spread.
MAX_ALIASES = 50
MAX_FIELDS = 2_000
#: Words and brackets of one document.
MAX_TOKENS = 5_000
#: Ready documents that are kept, and the longest text that is.
CACHED_DOCUMENTS = 512
CACHED_CHARS = 20_000

_RULES = (*specified_rules, MaybeNullValidationRule)


@dataclass(frozen=True, slots=True)
class Ready:
    """A document that may be run, unless `errors` says why not."""

    document: DocumentNode
    errors: list[GraphQLError]
    variables: lenient.VariableFolds

    def fold(self, variables: dict[str, Any] | None) -> dict[str, Any] | None:
        """`variables` with the keys of input objects in the schema's spelling."""
        return lenient.fold_variables(self.variables, variables) if variables else variables


class Documents:
    """The documents of one schema that were asked for lately."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._names = lenient.Names(schema)
        self._schema = schema
        self._ready: OrderedDict[str, Ready] = OrderedDict()

    def ready(self, text: str) -> Ready:
        """The document of `text`. Raises GraphQLSyntaxError."""
        found = self._ready.get(text)
        if found is not None:
            self._ready.move_to_end(text)
            return found
        made = self._make(text)
        if len(text) <= CACHED_CHARS:
            self._ready[text] = made
            if len(self._ready) > CACHED_DOCUMENTS:
                self._ready.popitem(last=False)
        return made

    def _make(self, text: str) -> Ready:
        printed = _parse(text)
        errors = check_limits(printed)
        if errors:
            return Ready(printed, errors, {})
        document = self._names.fold(printed)
        errors = validate(self._schema, document, _RULES, max_errors=20)
        return Ready(document, errors, self._names.variable_folds(document) if not errors else {})


def _parse(text: str) -> DocumentNode:
    try:
        return parse(text, max_tokens=MAX_TOKENS)
    except GraphQLSyntaxError:
        stripped = lenient.without_empty_parentheses(text)
        if stripped == text:
            raise
        return parse(stripped, max_tokens=MAX_TOKENS)


@dataclass(slots=True)
class _Measure:
    depth: int = 0
    fields: int = 0
    aliases: int = 0


def check_limits(document: DocumentNode) -> list[GraphQLError]:
    """What passes MAX_DEPTH, MAX_ALIASES or MAX_FIELDS. Fragments count where they are spread."""
    fragments = {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    measure = _Measure()
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            _measure(node.selection_set, fragments, measure, 1, frozenset())
    return list(_passed(measure))


def _passed(measure: _Measure) -> Iterator[GraphQLError]:
    if measure.depth > MAX_DEPTH:
        yield GraphQLError(f"The document is deeper than {MAX_DEPTH} levels")
    if measure.aliases > MAX_ALIASES:
        yield GraphQLError(f"{measure.aliases} aliases found. Allowed: {MAX_ALIASES}")
    if measure.fields > MAX_FIELDS:
        yield GraphQLError(f"The document selects more than {MAX_FIELDS} fields")


def _measure(
    selections: SelectionSetNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    measure: _Measure,
    depth: int,
    within: frozenset[str],
) -> None:
    # Stops as soon as a limit is passed, so that spreads of spreads cannot keep it busy.
    for node in selections.selections:
        if measure.fields > MAX_FIELDS or measure.depth > MAX_DEPTH:
            return
        measure.fields += 1
        if isinstance(node, FragmentSpreadNode):
            name = node.name.value
            fragment = fragments.get(name)
            if fragment is not None and name not in within:
                _measure(fragment.selection_set, fragments, measure, depth, within | {name})
            continue
        if isinstance(node, FieldNode):
            if node.name.value.startswith("__"):
                continue
            measure.depth = max(measure.depth, depth)
            measure.aliases += node.alias is not None
        below = getattr(node, "selection_set", None)
        if below is not None:
            inner = depth + isinstance(node, FieldNode)
            _measure(below, fragments, measure, inner, within)


class ReadyDocument(SchemaExtension):
    """Gives an operation its ready document and folds its variables."""

    def on_parse(self) -> Iterator[None]:
        context = self.execution_context
        try:
            ready = context.schema.documents.ready(context.query)  # type: ignore[attr-defined]  # our Schema
        except GraphQLSyntaxError:
            # Strawberry reads the text again and shows the error in its own way.
            yield
            return
        context.graphql_document = ready.document
        context.variables = ready.fold(context.variables)
        context.pre_execution_errors = None
        self._errors = ready.errors
        yield

    def on_validate(self) -> Iterator[None]:
        self.execution_context.pre_execution_errors = self._errors
        yield
