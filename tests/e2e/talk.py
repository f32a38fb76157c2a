"""A conversation as a test writes it down: what is said, and what comes back, all of it in order."""

from __future__ import annotations

from tests.e2e.chat_client import ChatClient

#: What is said, then the beginning of each text that comes for it; `*` stands for any text.
Turn = tuple[str, ...]

NGO = "asha@localhost"


async def walk(person: ChatClient, *turns: Turn) -> list[str]:
    """Say the turns one after the other; the texts that came.

    Raises AssertionError where something else comes, more, or less. There are no pauses: a text too
    many stands where the next turn's first one should.
    """
    heard = len(person.bodies())
    first = heard
    for said, *expected in turns:
        await person.send(NGO, said)
        end = heard + len(expected)
        await person.until(lambda end=end: len(person.bodies()) >= end, 30)  # type: ignore[misc]  # a default binds it
        come = person.bodies()[heard:end]
        fits = [
            text.startswith(begin.rstrip("*")) for text, begin in zip(come, expected, strict=True)
        ]
        assert all(fits), f"after {said!r} came {come}, not {expected}"
        heard = end
    return person.bodies()[first:]
