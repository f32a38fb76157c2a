"""The options of a room: one table for the owner's form (XEP-0045 10.2) and the administration.

A field of `RoomConfig` bears the name that administrators type (`members_only`); `OPTIONS` says
by which form field an owner knows it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from app.core.errors import Invalid
from app.protocol import ns
from app.protocol.errors import StreamError
from app.protocol.forms import Field
from app.protocol.jid import Jid
from app.protocol.xmlio import parse

#: No room seats more, whatever its owner wants.
MAX_OCCUPANTS: Final = 5000
#: No history is longer, whatever a client asks for.
MAX_HISTORY: Final = 100
MAX_TEXT_CHARS: Final = 4096
MAX_CARD_CHARS: Final = 65_536
#: Addresses of one list.
MAX_ADDRESSES: Final = 1000

ROLES: Final = ("moderator", "participant", "visitor")


@dataclass(frozen=True, slots=True)
class RoomConfig:
    """How a room is. The defaults are those of a room that its owner accepts as it is."""

    title: str = ""
    description: str = ""
    lang: str = ""
    pubsub: str = ""
    persistent: bool = False
    public: bool = True
    public_list: bool = True
    members_only: bool = False
    members_by_default: bool = False
    moderated: bool = False
    anonymous: bool = True
    password_protected: bool = False
    password: str = ""
    max_users: int = 200
    max_history: int = 20
    allow_change_subj: bool = False
    allow_user_invites: bool = False
    allow_query_users: bool = True
    allow_private_messages: str = "anyone"
    allow_private_messages_from_visitors: str = "anyone"
    allow_visitor_status: bool = True
    allow_visitor_nickchange: bool = True
    allow_voice_requests: bool = True
    voice_request_min_interval: int = 1800
    allow_multiple_sessions: bool = True
    allow_subscription: bool = True
    may_get_member_list: tuple[str, ...] = ("moderator", "participant")
    presence_broadcast: tuple[str, ...] = ROLES
    logging: bool = False
    mam: bool = True
    captcha_protected: bool = False
    captcha_whitelist: tuple[str, ...] = ()
    enable_hats: bool = False
    vcard: str = ""
    vcard_xupdate: str = ""


#: A room among the accounts' addresses is there before anybody configures it, and stays.
GROUP_ROOM: Final = RoomConfig(persistent=True, public=False, max_users=1000)

#: A room of a contact group is for those who are in the group.
OF_GROUP: Final = {"members_only": True}

Kind = Literal[
    "boolean", "text-single", "text-private", "number", "list-single", "list-multi", "jid-multi"
]
_P: Final = "muc#roomconfig_"


@dataclass(frozen=True, slots=True)
class Option:
    """One option: its name for administrators, its field in the form, and what it may hold.

    Without a field an option is no matter of the form.
    """

    name: str
    var: str
    kind: Kind
    label: str
    choices: tuple[str, ...] = ()
    least: int = 0
    most: int = 0


OPTIONS: Final[tuple[Option, ...]] = (
    Option("title", _P + "roomname", "text-single", "Name of the room"),
    Option("description", _P + "roomdesc", "text-single", "What the room is for"),
    Option("lang", _P + "lang", "text-single", "Language of the conversation"),
    Option("pubsub", _P + "pubsub", "text-single", "Node that goes with the room"),
    Option("persistent", _P + "persistentroom", "boolean", "The room stays when nobody is in it"),
    Option("public", _P + "publicroom", "boolean", "The room is listed"),
    Option("public_list", "public_list", "boolean", "Others see who is in the room"),
    Option("members_only", _P + "membersonly", "boolean", "Only members may enter"),
    Option("moderated", _P + "moderatedroom", "boolean", "Visitors may only listen"),
    Option("members_by_default", "members_by_default", "boolean", "Everybody enters with voice"),
    Option(
        "anonymous", _P + "whois", "list-single", "Who sees real addresses",
        ("moderators", "anyone"),
    ),
    Option(
        "password_protected", _P + "passwordprotectedroom", "boolean",
        "A password is needed to enter",
    ),
    Option("password", _P + "roomsecret", "text-private", "The password"),
    Option(
        "max_users", _P + "maxusers", "number", "How many may be in the room", (), 1,
        MAX_OCCUPANTS,
    ),
    Option(
        "max_history", "muc#maxhistoryfetch", "number", "Messages shown on entering", (), 0,
        MAX_HISTORY,
    ),
    Option("allow_change_subj", _P + "changesubject", "boolean", "Participants may set the subject"),
    Option("allow_user_invites", _P + "allowinvites", "boolean", "Members may invite"),
    Option("allow_query_users", "allow_query_users", "boolean", "Occupants may be sent requests"),
    Option(
        "allow_private_messages", _P + "allowpm", "list-single", "Who may send private messages",
        ("anyone", "participants", "moderators", "none"),
    ),
    Option(
        "allow_private_messages_from_visitors", "allow_private_messages_from_visitors",
        "list-single", "Whom visitors may send private messages",
        ("anyone", "moderators", "nobody"),
    ),
    Option("allow_visitor_status", "allow_visitor_status", "boolean", "Visitors have a status"),
    Option(
        "allow_visitor_nickchange", "allow_visitor_nickchange", "boolean",
        "Visitors may change their nick",
    ),
    Option(
        "allow_voice_requests", _P + "allowvoicerequests", "boolean", "Visitors may ask for voice"
    ),
    Option(
        "voice_request_min_interval", _P + "voicerequestmininterval", "number",
        "Seconds between two requests for voice", (), 0, 86_400,
    ),
    Option(
        "allow_multiple_sessions", _P + "allowmultisessions", "boolean",
        "Several clients of one person share a nick",
    ),
    Option("allow_subscription", _P + "allow_subscription", "boolean", "The room has subscribers"),
    Option(
        "may_get_member_list", _P + "getmemberlist", "list-multi", "Who sees the member list", ROLES
    ),
    Option(
        "presence_broadcast", _P + "presencebroadcast", "list-multi", "Whose presence is shown",
        ROLES,
    ),
    Option("logging", _P + "enablelogging", "boolean", "The conversation is logged in public"),
    Option("mam", "mam", "boolean", "The conversation is archived"),
    Option("captcha_protected", "captcha_protected", "boolean", "Strangers answer a question"),
    Option(
        "captcha_whitelist", _P + "captcha_whitelist", "jid-multi", "Who need not answer it"
    ),
    Option("enable_hats", _P + "enable_hats", "boolean", "People may wear hats"),
    Option("vcard", "", "text-single", "The room's card", (), 0, MAX_CARD_CHARS),
    Option("vcard_xupdate", "", "text-single", "Hash of a picture in the room's own presence"),
)  # fmt: skip

BY_NAME: Final = {option.name: option for option in OPTIONS}
_LISTS: Final = frozenset({"list-multi", "jid-multi"})
#: Other names that administrators use.
SYNONYMS: Final = {
    "allowpm": "allow_private_messages",
    "allow_voice_request": "allow_voice_requests",
    "enable_logging": "logging",
}
_TRUE: Final = frozenset({"1", "true"})
_FALSE: Final = frozenset({"0", "false"})


def from_json(stored: Mapping[str, Any], base: RoomConfig = RoomConfig()) -> RoomConfig:
    """The options as they are stored; those that are absent are as in `base`."""
    known: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in stored.items()
        if name in BY_NAME
    }
    return dataclasses.replace(base, **known)


def to_json(config: RoomConfig) -> dict[str, Any]:
    """The options as they are stored."""
    return {option.name: _plain(getattr(config, option.name)) for option in OPTIONS}


def change(config: RoomConfig, changes: Mapping[str, Any]) -> RoomConfig:
    """The options with typed values put in, by administrators' names. Raises Invalid."""
    for name, value in changes.items():
        option = BY_NAME.get(name)
        if option is None:
            raise Invalid(name, "is no option of a room")
        _check(option, value)
    changed = dataclasses.replace(config, **changes)
    if changed.password_protected and not changed.password:
        raise Invalid("password", "can't be blank in a room that asks for one")
    return changed


def change_text(config: RoomConfig, name: str, text: str) -> RoomConfig:
    """The options with one put in that an administrator typed. Raises Invalid."""
    option = BY_NAME.get(SYNONYMS.get(name, name))
    if option is None:
        raise Invalid(name, "is no option of a room")
    texts = tuple(part.strip() for part in text.split(",") if part.strip())
    values = texts if option.kind in _LISTS else (text,)
    changed = {option.name: _read(option, values)}
    if option.name == "password" and text:
        changed["password_protected"] = True
    return change(config, changed)


def change_form(config: RoomConfig, given: Mapping[str, tuple[str, ...]]) -> RoomConfig:
    """The options as an owner's form wants them; fields that it lacks stay. Raises Invalid."""
    changes = {
        option.name: _read(option, given[option.var])
        for option in OPTIONS
        if option.var and option.var in given
    }
    return change(config, changes)


def fields(config: RoomConfig) -> list[Field]:
    """The owner's form (XEP-0045 10.2)."""
    return [
        Field(
            option.var,
            _texts(option, getattr(config, option.name)),
            "text-single" if option.kind == "number" else option.kind,
            option.label,
            tuple((choice.capitalize(), choice) for choice in option.choices),
        )
        for option in OPTIONS
        if option.var
    ]


def listed(config: RoomConfig) -> list[tuple[str, str]]:
    """Each option and its value as administrators read them."""
    return [
        (option.name, _shown(option, getattr(config, option.name)))
        for option in sorted(OPTIONS, key=lambda option: option.name)
    ]


def _shown(option: Option, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(_texts(option, value))


def _texts(option: Option, value: Any) -> tuple[str, ...]:
    if option.name == "anonymous":
        return ("moderators" if value else "anyone",)
    if isinstance(value, tuple):
        return value
    if isinstance(value, bool):
        return ("1" if value else "0",)
    return (str(value),)


def _read(option: Option, values: tuple[str, ...]) -> Any:
    if option.kind == "list-multi":
        return values
    if option.kind == "jid-multi":
        return tuple(dict.fromkeys(_address(option, text) for text in values if text.strip()))
    text = values[0] if values else ""
    if option.name == "anonymous" and text in option.choices:
        return text == "moderators"
    if option.name == "allow_private_messages" and text in _TRUE | _FALSE:
        return "anyone" if text in _TRUE else "none"
    if option.kind == "boolean" or option.name == "anonymous":
        if text.lower() not in _TRUE | _FALSE:
            raise Invalid(option.name, "is true or false")
        return text.lower() in _TRUE
    if option.kind == "number":
        # XEP-0045 15.5.3: "none" is no limit; ours then holds.
        if text == "none" and option.most:
            return option.most
        if not text.isascii() or not text.isdigit() or len(text) > 9:
            raise Invalid(option.name, "is a whole number")
        return int(text)
    return text


def _check(option: Option, value: Any) -> None:
    if option.kind == "number" and not option.least <= value <= option.most:
        raise Invalid(option.name, f"is between {option.least} and {option.most}")
    if option.kind == "list-single" and option.name != "anonymous" and value not in option.choices:
        raise Invalid(option.name, f"is one of {', '.join(option.choices)}")
    if option.kind == "list-multi" and not set(value) <= set(option.choices):
        raise Invalid(option.name, f"is of {', '.join(option.choices)}")
    if option.kind == "jid-multi" and len(value) > MAX_ADDRESSES:
        raise Invalid(option.name, f"are at most {MAX_ADDRESSES}")
    most = option.most or MAX_TEXT_CHARS
    if option.kind.startswith("text") and len(value) > most:
        raise Invalid(option.name, f"should be at most {most} characters")
    if option.name == "vcard" and value and not _is_card(value):
        raise Invalid(option.name, "is a vCard of vcard-temp, as XML")


def _address(option: Option, text: str) -> str:
    """A bare address or a domain. Raises Invalid."""
    address = Jid.find(text.strip())
    if address is None:
        raise Invalid(option.name, "are addresses")
    return str(address.bare)


def _is_card(text: str) -> bool:
    try:
        return parse(text).tag == f"{{{ns.VCARD}}}vCard"
    except StreamError:
        return False


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
