"""Names in any case: `bsp_balance`, `savedSearchID` and `AddTagIds` are what the schema means.

Fields, arguments and input members of a document are folded to snake_case before they are looked
up, as the API's users expect; the answer echoes what the document said. One pass per document.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from graphql import (
    ArgumentNode,
    DocumentNode,
    EnumValueNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    InlineFragmentNode,
    ListTypeNode,
    ListValueNode,
    NamedTypeNode,
    NameNode,
    NonNullTypeNode,
    ObjectFieldNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    StringValueNode,
    VariableDefinitionNode,
    get_named_type,
    is_input_type,
    type_from_ast,
)

#: Names that documents and clients use for a type that the schema calls something else.
TYPE_ALIASES = {
    "Id": "ID",
    "JSON": "Json",
    "Integer": "Int",
    "MessageTypeEnum": "MessageTypesEnum",
    "ImportContactsTypeEnum": "ImportContactEnum",
    "ContactHistoryFilter": "ContactsHistoryFilter",
}

#: Variable name -> how its value is folded. Variables of plain types are not in it.
VariableFolds = dict[str, Callable[[Any], Any]]

_ACRONYM = re.compile(r"([A-Z]+)([A-Z][a-z])")
_HUMP = re.compile(r"([a-z\d])([A-Z])")
_STRING_OR_EMPTY = re.compile(r'"""(?:\\"""|[^"]|"(?!""))*"""|"(?:\\.|[^"\\\n])*"|\(\s*\)')


def underscore(name: str) -> str:
    """`savedSearchID` as `saved_search_id`, `AddTagIds` as `add_tag_ids`.

    >>> underscore("savedSearchID"), underscore("bsp_balance"), underscore("__typename")
    ('saved_search_id', 'bsp_balance', '__typename')
    """
    if name.startswith("__"):
        return name
    return _HUMP.sub(r"\1_\2", _ACRONYM.sub(r"\1_\2", name)).lower()


def without_empty_parentheses(text: str) -> str:
    """`sentMessage() {` as `sentMessage {`; what stands in quotes stays.

    >>> without_empty_parentheses('{ a() { b(c: "()") } }')
    '{ a { b(c: "()") } }'
    """
    return _STRING_OR_EMPTY.sub(lambda m: "" if m[0].startswith("(") else m[0], text)


class Names:
    """The names of one schema by their folded form."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._folded: dict[int, dict[str, str]] = {}

    def _real(self, names: Mapping[str, Any], printed: str) -> str:
        if printed in names:
            return printed
        # The maps live as long as the schema, so their identity may stand for them.
        known = self._folded.get(id(names))
        if known is None:
            known = self._folded[id(names)] = _unambiguous(names)
        return known.get(underscore(printed), printed)

    def fold(self, document: DocumentNode) -> DocumentNode:
        """`document` with the schema's names; a renamed field keeps its printed name as alias."""
        return replace(document, definitions=_each(document.definitions, self._definition))

    def _definition(self, node: Any) -> Any:
        if isinstance(node, OperationDefinitionNode):
            root = self._schema.get_root_type(node.operation)
            variables = _each(node.variable_definitions or (), self._variable)
            selections = self._selections(node.selection_set, root)
            return replace(node, variable_definitions=variables, selection_set=selections)
        if isinstance(node, FragmentDefinitionNode):
            on = self._schema.get_type(node.type_condition.name.value)
            return replace(node, selection_set=self._selections(node.selection_set, on))
        return node

    def _variable(self, node: VariableDefinitionNode) -> VariableDefinitionNode:
        type_, value = _alias_type(node.type), node.default_value
        known = type_from_ast(self._schema, type_)
        if value is not None and is_input_type(known):
            value = self._value(value, known)
        if type_ is node.type and value is node.default_value:
            return node
        return replace(node, type=type_, default_value=value)

    def _selections(self, selections: SelectionSetNode, parent: Any) -> SelectionSetNode:
        folded = _each(selections.selections, lambda node: self._selection(node, parent))
        return (
            selections
            if folded is selections.selections
            else replace(selections, selections=folded)
        )

    def _selection(self, node: Any, parent: Any) -> Any:
        if isinstance(node, FieldNode):
            return self._field(node, parent)
        if isinstance(node, InlineFragmentNode):
            on = parent
            if node.type_condition is not None:
                on = self._schema.get_type(node.type_condition.name.value)
            return replace(node, selection_set=self._selections(node.selection_set, on))
        return node

    def _field(self, node: FieldNode, parent: Any) -> FieldNode:
        if not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
            return node
        printed = node.name.value
        real = self._real(parent.fields, printed)
        field = parent.fields.get(real)
        if field is None:
            return node
        arguments = _each(node.arguments or (), lambda a: self._argument(a, field.args))
        below = node.selection_set
        if below is not None:
            below = self._selections(below, get_named_type(field.type))
        if real != printed:
            name = replace(node.name, value=real)
            node = replace(node, name=name, alias=node.alias or NameNode(value=printed))
        if arguments is not node.arguments or below is not node.selection_set:
            node = replace(node, arguments=arguments, selection_set=below)
        return node

    def _argument(self, node: ArgumentNode, known: Mapping[str, Any]) -> ArgumentNode:
        real = self._real(known, node.name.value)
        if real not in known:
            return node
        value = self._value(node.value, known[real].type)
        if real == node.name.value and value is node.value:
            return node
        return replace(node, name=replace(node.name, value=real), value=value)

    def _value(self, value: Any, type_: Any) -> Any:
        named = get_named_type(type_)
        if isinstance(value, EnumValueNode) and named is GraphQLString:
            # `type: TEXT` of a message: its table says String, other servers have an enum.
            return StringValueNode(value=value.value)
        if not isinstance(named, GraphQLInputObjectType):
            return value
        if isinstance(value, ListValueNode):
            return replace(value, values=_each(value.values, lambda v: self._value(v, named)))
        if isinstance(value, ObjectValueNode):
            return replace(value, fields=_each(value.fields, lambda f: self._member(f, named)))
        return value

    def _member(self, node: ObjectFieldNode, parent: GraphQLInputObjectType) -> ObjectFieldNode:
        real = self._real(parent.fields, node.name.value)
        if real not in parent.fields:
            return node
        value = self._value(node.value, parent.fields[real].type)
        return replace(node, name=replace(node.name, value=real), value=value)

    def variable_folds(self, document: DocumentNode) -> VariableFolds:
        """How the variables of input object types are folded. `document` is valid."""
        folds: VariableFolds = {}
        for definition in document.definitions:
            if not isinstance(definition, OperationDefinitionNode):
                continue
            for variable in definition.variable_definitions or ():
                type_: Any = type_from_ast(self._schema, variable.type)
                if is_input_type(type_) and isinstance(
                    get_named_type(type_), GraphQLInputObjectType
                ):
                    folds[variable.variable.name.value] = lambda v, t=type_: self._fold(v, t)  # type: ignore[misc]  # the default binds now
        return folds

    def _fold(self, value: Any, type_: Any) -> Any:
        if isinstance(type_, GraphQLNonNull):
            return self._fold(value, type_.of_type)
        if isinstance(type_, GraphQLList):
            if isinstance(value, list):
                return [self._fold(item, type_.of_type) for item in value]
            return self._fold(value, type_.of_type)
        if not isinstance(type_, GraphQLInputObjectType) or not isinstance(value, dict):
            return value
        folded = {}
        for key, item in value.items():
            real = self._real(type_.fields, key)
            known = type_.fields.get(real)
            folded[real] = item if known is None else self._fold(item, known.type)
        return folded


def fold_variables(folds: VariableFolds, variables: dict[str, Any]) -> dict[str, Any]:
    """`variables` with those of input object types folded."""
    if not folds:
        return variables
    return {
        name: folds[name](value) if name in folds else value for name, value in variables.items()
    }


def _unambiguous(names: Iterable[str]) -> dict[str, str]:
    folded: dict[str, str] = {}
    twice = set()
    for name in names:
        key = underscore(name)
        if key in folded:
            twice.add(key)
        folded[key] = name
    return {key: name for key, name in folded.items() if key not in twice}


def _each(nodes: Any, change: Callable[[Any], Any]) -> Any:
    changed = tuple(change(node) for node in nodes)
    return nodes if all(a is b for a, b in zip(nodes, changed, strict=True)) else changed


def _alias_type(node: Any) -> Any:
    if isinstance(node, NonNullTypeNode | ListTypeNode):
        inner = _alias_type(node.type)
        return node if inner is node.type else replace(node, type=inner)
    if isinstance(node, NamedTypeNode) and node.name.value in TYPE_ALIASES:
        return replace(node, name=replace(node.name, value=TYPE_ALIASES[node.name.value]))
    return node
