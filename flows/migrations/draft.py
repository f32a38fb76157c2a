"""A definition on its way from one version of the specification to a newer one.

A draft is a copy: what was read stays as it was. The editor's `_ui` is not copied and not changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flows.limits import MAX_DEFINITION_DEPTH
from flows.values import Json

Dict = dict[str, Any]

#: Members that no step looks into.
_OPAQUE = frozenset({"_ui"})
#: What JSON's readers make of objects and lists.
_HOLDERS = frozenset({dict, list})


class TooDeep(ValueError):
    """The definition is nested deeper than any editor writes."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A definition that steps change in place.

    `is_lossless`: nothing may be lost that a person wrote, whatever goflow does (catalogue 13): names
    keep their length, two-letter languages and their translations stay.
    """

    data: Dict
    new_uuid: Callable[[str], str]
    is_lossless: bool = True

    def nodes(self) -> list[Dict]:
        return dicts(self.data.get("nodes"))

    def actions(self, *kinds: str) -> Iterator[Dict]:
        """Give the actions of these types."""
        for node in self.nodes():
            for action in dicts(node.get("actions")):
                if action.get("type") in kinds:
                    yield action

    def routers(self) -> Iterator[Dict]:
        for node in self.nodes():
            if isinstance(node.get("router"), dict):
                yield node["router"]

    def splits(self, *kinds: str) -> Iterator[tuple[Dict, Dict]]:
        """Give action and switch router of the nodes that do nothing but one of these actions."""
        for node in self.nodes():
            actions, router = dicts(node.get("actions")), node.get("router")
            if len(actions) != 1 or actions[0].get("type") not in kinds:
                continue
            if isinstance(router, dict) and router.get("type") == "switch":
                yield actions[0], router

    # -- translations

    def languages(self) -> list[Dict]:
        """Give the translations of each language: uuid of a thing -> property -> texts."""
        return [found for found in localization(self.data).values() if isinstance(found, dict)]


def localization(data: Mapping[str, Json]) -> Dict:
    found = data.get("localization")
    return found if isinstance(found, dict) else {}


def translation(language: Dict, uuid: str, name: str) -> list[Any] | None:
    """Give the translated texts of a property, None when it is not translated."""
    item = language.get(uuid)
    found = item.get(name) if isinstance(item, dict) else None
    return found if isinstance(found, list) else None


def translate(language: Dict, uuid: str, name: str, texts: list[Any]) -> None:
    item = language.setdefault(uuid, {})
    if isinstance(item, dict):
        item[name] = texts


def drop_translation(language: Dict, uuid: str, name: str) -> None:
    """Take a property's translation away, and the thing itself when nothing else of it is translated."""
    item = language.get(uuid)
    if isinstance(item, dict) and name in item:
        del item[name]
        if not item:
            del language[uuid]


# -- reading


def dicts(value: Json) -> list[Dict]:
    """Give the objects of a list, whatever else is in it."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text(data: Mapping[str, Json], key: str) -> str:
    value = data.get(key)
    return value if isinstance(value, str) else ""


def copied(data: Mapping[str, Json]) -> Dict:
    """Give a copy to change. Raises TooDeep."""
    return {key: item if key in _OPAQUE else _copy(item, 1) for key, item in data.items()}


def _copy(value: Any, depth: int) -> Any:
    if depth > MAX_DEFINITION_DEPTH:
        raise TooDeep("The flow is nested too deeply")
    if type(value) is dict:
        return {
            key: _copy(item, depth + 1) if type(item) in _HOLDERS else item
            for key, item in value.items()
        }
    if type(value) is list:
        return [_copy(item, depth + 1) if type(item) in _HOLDERS else item for item in value]
    return value
