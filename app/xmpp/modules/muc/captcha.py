"""XEP-0158 CAPTCHA Forms: strangers answer a question before they enter the room.

The question is a sum in words: it keeps out what reads no forms, and asks for no picture or sound.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from app.protocol import ns
from app.protocol.element import Element, add, make
from app.protocol.errors import StanzaError
from app.protocol.forms import Field, find_form, form, values
from app.protocol.stanza import error_reply
from app.xmpp.modules.muc import enter, names
from app.xmpp.modules.muc.room import Challenge, Room
from app.xmpp.modules.muc.visit import Visit

#: People of one room who may think about their answer at once.
MAX_WAITING: Final = 1000
#: People of one room of whom is remembered that they have answered.
MAX_ANSWERED: Final = 10_000
#: Answers to one question.
TRIES: Final = 3


def is_due(visit: Visit) -> bool:
    """Whether the stranger who wants to enter is asked first."""
    room, who = visit.room, visit.sender
    if not room.config.captcha_protected or visit.affiliation != "none":
        return False
    excused = room.config.captcha_whitelist
    return who.bare not in room.answered and not {str(who.bare), who.domain} & set(excused)


def ask(visit: Visit) -> None:
    """3.1.2: the question is with who might enter but for it, and whose presence waits.

    Raises what 7.2 of XEP-0045 says for those who may not.
    """
    enter.check_entry(visit, visit.affiliation)
    room, digits = visit.room, visit.host.services.ids.otp()
    one, other = int(digits[:2]), int(digits[2:3])
    id_ = visit.stanza_id
    if len(room.challenges) >= MAX_WAITING:
        room.challenges.pop(next(iter(room.challenges)))
    room.challenges[visit.sender] = Challenge(id_, str(one + other), visit.stanza, visit.to, TRIES)
    question = f"How much is {one} and {other}?"
    fields = [
        Field("from", (str(visit.to),), "hidden"),
        Field("challenge", (id_,), "hidden"),
        Field("qa", (), "text-single", question, required=True),
    ]
    sid = visit.stanza.get("id")
    if sid:
        fields.insert(2, Field("sid", (sid,), "hidden"))
    message = make("message", ns.CLIENT, {"from": room.name, "id": id_})
    add(message, "body", text=f"To enter the room, answer its question. {question}")
    add(message, "captcha", names.CAPTCHA).append(form("form", names.CAPTCHA, fields))
    room.tell([visit.seat], message)


async def take(visit: Visit, element: Element) -> None:
    """3.1.3: with the right answer the presence that waited has its effect.

    Raises not-acceptable for a wrong one, item-not-found for an answer to no question.
    """
    room = visit.room
    asked = find_form(element)
    given = values(asked) if asked is not None else {}
    challenge = room.challenges.get(visit.sender)
    if challenge is None or given.get("challenge") != (challenge.id,):
        raise StanzaError("item-not-found", text="Nothing was asked.")
    if "".join(given.get("qa", ())[:1]).strip() != challenge.answer:
        challenge.tries -= 1
        if challenge.tries == 0:
            _refuse(room, visit, StanzaError("not-authorized", "auth", "The answers were wrong."))
        raise StanzaError("not-acceptable", "modify", "The answer is wrong.")
    del room.challenges[visit.sender]
    if len(room.answered) >= MAX_ANSWERED:
        room.answered.clear()
    room.answered.add(visit.sender.bare)
    entering = replace(visit, to=challenge.to, stanza=challenge.presence)
    try:
        await enter.present_oneself(entering, is_new=False)
    except StanzaError as error:
        room.tell([visit.seat], error_reply(challenge.presence, error))


def _refuse(room: Room, visit: Visit, error: StanzaError) -> None:
    challenge = room.challenges.pop(visit.sender)
    room.tell([visit.seat], error_reply(challenge.presence, error))
