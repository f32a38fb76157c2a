"""Documents for every field of the schema, made from the schema itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
)

from app.graphql.schema import schema

#: Levels of objects within an answer that are asked for.
DEPTH = 3
_SAMPLES: dict[str, Any] = {
    "Int": 1,
    "Float": 1.0,
    "Boolean": True,
    "Json": "{}",
    "DateTime": "2026-11-02T09:00:00Z",
    "Date": "2026-11-02",
    "Time": "09:00:00",
    "UUID4": "00000000-0000-4000-8000-000000000000",
}


#: What clients send by mistake or on purpose, by the type that takes it.
HOSTILE: dict[str, tuple[Any, ...]] = {
    "String": ("", " ", "a" * 100_000, "\0", "%_\\'\"", "🙂 हिंदी \u202e", "{}", "../../etc/passwd"),
    "Int": (0, -1, 2**31 - 1, -(2**31)),
    "Json": ("{}", "[]", "null", "1", '{"a": "\\u0000"}', '{"a": {"b": [1e400]}}', '"text"'),
    "DateTime": ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59+14:00"),
    "Date": ("0001-01-01", "9999-12-31"),
    "Float": (1e308, -1e308),
}


@dataclass
class Call:
    """One root field with variables. `places` are the paths of ids within them."""

    kind: str
    name: str
    document: str
    variables: dict[str, Any]
    places: list[tuple[str, ...]] = field(default_factory=list)
    samples: Mapping[str, Any] = field(default_factory=dict)

    def with_ids(self, ids: dict[tuple[str, ...], int], otherwise: int) -> dict[str, Any]:
        """The variables with an id at each place."""
        made = _copy(self.variables)
        for place in self.places:
            target = made
            for step in place[:-1]:
                target = target[step]
            id_ = str(ids.get(place, otherwise))
            target[place[-1]] = [id_] if isinstance(target[place[-1]], list) else id_
        return made


def root_fields(kind: str) -> dict[str, GraphQLField]:
    """The root fields of `query`, `mutation` or `subscription`."""
    root = getattr(schema()._schema, f"{kind}_type")
    return dict(root.fields)


def call(
    kind: str,
    name: str,
    *,
    full: bool = False,
    bare: bool = False,
    samples: Mapping[str, Any] | None = None,
) -> Call:
    """The root field with every argument (`full`), with those it needs (`bare`) or also those that are ids.

    `samples` are the values of types that matter to the caller.
    """
    definition = root_fields(kind)[name]
    made = Call(kind, name, "", {}, samples=samples or {})
    for arg_name, arg in definition.args.items():
        if full or is_required_argument(arg) or (not bare and _holds_ids(arg.type)):
            made.variables[arg_name] = _sample(arg.type, (arg_name,), made, full)
    declared = ", ".join(f"${n}: {definition.args[n].type}" for n in made.variables)
    given = ", ".join(f"{n}: ${n}" for n in made.variables)
    head = f"{kind} ({declared})" if declared else kind
    arguments = f"({given})" if given else ""
    made.document = f"{head} {{ {name}{arguments}{_selection(definition.type, DEPTH)} }}"
    return made


def _selection(type_: Any, depth: int) -> str:
    named = get_named_type(type_)
    if is_leaf_type(named):
        return ""
    assert isinstance(named, GraphQLObjectType)
    return "{ __typename " + " ".join(_members(named, depth)) + " }"


def _members(named: GraphQLObjectType, depth: int) -> Iterator[str]:
    for name, definition in named.fields.items():
        if any(is_required_argument(arg) for arg in definition.args.values()):
            continue
        if is_leaf_type(get_named_type(definition.type)):
            yield name
        elif depth > 1:
            yield name + _selection(definition.type, depth - 1)


def _holds_ids(type_: GraphQLInputType) -> bool:
    named = get_named_type(type_)
    if isinstance(named, GraphQLInputObjectType):
        return any(_holds_ids(member.type) for member in named.fields.values())
    return named.name in ("ID", "Gid")


def _sample(type_: Any, place: tuple[str, ...], made: Call, full: bool) -> Any:
    if isinstance(type_, GraphQLNonNull):
        return _sample(type_.of_type, place, made, full)
    if isinstance(type_, GraphQLList):
        inner = get_named_type(type_)
        if inner.name in ("ID", "Gid"):
            made.places.append(place)
            return []
        if isinstance(inner, GraphQLInputObjectType):
            return []
        return [_sample(type_.of_type, place, made, full)]
    if isinstance(type_, GraphQLInputObjectType):
        return {
            name: _sample(member.type, (*place, name), made, full)
            for name, member in type_.fields.items()
            if full or is_required_input_field(member) or _holds_ids(member.type)
        }
    if isinstance(type_, GraphQLEnumType):
        return next(iter(type_.values))
    if type_.name in ("ID", "Gid") or (type_.name == "Int" and place[-1].lower().endswith("id")):
        made.places.append(place)
        return ""
    if type_.name == "Upload":
        return None
    if type_.name in made.samples:
        return made.samples[type_.name]
    return _SAMPLES.get(type_.name, f"walk {made.name} {place[-1]}")


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copy(item) for name, item in value.items()}
    return list(value) if isinstance(value, list) else value
