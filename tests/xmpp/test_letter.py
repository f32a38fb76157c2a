"""What stanzas to an organization say, kind by kind."""

from __future__ import annotations

import pytest
from lxml import etree

from app.xmpp.letter import (
    MAX_ID,
    Confirmed,
    Corrected,
    Letter,
    Reacted,
    Retracted,
    Said,
    read,
    short,
)

UPLOADS = "https://chat.example/upload/"
OOB = "<x xmlns='jabber:x:oob'><url>{}</url></x>"
GEOLOC = "<geoloc xmlns='http://jabber.org/protocol/geoloc'><lat>{}</lat><lon>{}</lon></geoloc>"
FORM = (
    "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'><value>urn:samvad:choice"
    "</value></field><field var='{}'><value>{}</value></field></x>"
)
PICTURE = "https://files.example/a.JPG?size=2"
QUOTE = (
    "<reply xmlns='urn:xmpp:reply:0' to='asha@localhost' id='m1'/>"
    "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='{}' end='{}'/></fallback>"
)


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ("<body>Hello</body>", Said("Hello")),
        ("<body/>", None),
        ("<composing xmlns='http://jabber.org/protocol/chatstates'/>", None),
        (
            f"<body>{PICTURE}</body>" + OOB.format(PICTURE),
            Said("", "image", media_url=PICTURE, media_type="image/jpeg"),
        ),
        (
            "<body>My field</body>" + OOB.format("http://files.example/a.mp4"),
            Said("My field", "video", media_url="http://files.example/a.mp4",
                 media_type="video/mp4", caption="My field"),
        ),
        (
            OOB.format("https://files.example/report"),
            Said("", "document", media_url="https://files.example/report"),
        ),
        (OOB.format("https://[files/report.pdf"), Said("", "document", media_url="https://[files/report.pdf")),
        (OOB.format("javascript:alert(1)") + "<body>x</body>", Said("x")),
        (
            f"<body>{UPLOADS}t/s/voice.ogg</body>",
            Said("", "audio", media_url=f"{UPLOADS}t/s/voice.ogg", media_type="audio/ogg"),
        ),
        (f"<body>see {UPLOADS}t/s/a.png</body>", Said(f"see {UPLOADS}t/s/a.png")),
        ("<body>geo:26.9124,75.7873;u=35</body>", Said("", "location", latitude=26.9124, longitude=75.7873)),
        ("<body>geo:126.9,75.7</body>", Said("geo:126.9,75.7")),
        ("<body>Here</body>" + GEOLOC.format("-1.5", "36"), Said("Here", "location", latitude=-1.5, longitude=36)),
        (GEOLOC.format("north", ""), None),
        (GEOLOC.format("nan", "1") + "<body>Hm</body>", Said("Hm")),
        (
            FORM.format("list", "Today"),
            Said("Today", "list", payload={"type": "list", "title": "Today", "values": {"list": ["Today"]}}),
        ),
        (
            "<action-selected xmlns='urn:xmpp:tmp:quick-response' id='Yes'/>",
            Said("Yes", "quick_reply", payload={"type": "quick_reply", "title": "Yes"}),
        ),
        ("<x xmlns='jabber:x:data' type='submit'/>", None),
        (
            "<body>&gt; How many?\nSeven</body>" + QUOTE.format(0, 12),
            Said("Seven", reply_to="m1"),
        ),
        ("<body>Seven</body>" + QUOTE.format(4, 1), Said("Seven", reply_to="m1")),
        ("<body>Seven</body>" + QUOTE.format(0, 5), Said("Seven", reply_to="m1")),
        ("<body>Seven</body>" + QUOTE.format("x", ""), Said("Seven", reply_to="m1")),
        (
            "<body>Eight</body><replace xmlns='urn:xmpp:message-correct:0' id='m1'/>",
            Corrected("m1", Said("Eight")),
        ),
        ("<replace xmlns='urn:xmpp:message-correct:0' id='m1'/>", None),
        (
            "<body>/me withdraws</body><retract xmlns='urn:xmpp:message-retract:1' id='m1'/>",
            Retracted("m1"),
        ),
        (
            "<body>fallback</body><reactions xmlns='urn:xmpp:reactions:0' id='m1'>"
            "<reaction>👍</reaction><reaction>🌧</reaction></reactions>",
            Reacted("m1", ("👍", "🌧")),
        ),
        ("<reactions xmlns='urn:xmpp:reactions:0' id='m1'/>", Reacted("m1", ())),
        ("<received xmlns='urn:xmpp:receipts' id='m1'/>", Confirmed("m1", "delivered")),
        ("<received xmlns='urn:xmpp:chat-markers:0' id='m1'/>", Confirmed("m1", "delivered")),
        ("<displayed xmlns='urn:xmpp:chat-markers:0' id='m1'/>", Confirmed("m1", "read")),
        ("<acknowledged xmlns='urn:xmpp:chat-markers:0' id='m1'/>", Confirmed("m1", "read")),
        ("<displayed xmlns='urn:xmpp:chat-markers:0'/>", None),
    ],
)  # fmt: skip
def test_a_stanza_says_one_thing(inner: str, expected: Letter | None) -> None:
    stanza = etree.fromstring(f"<message xmlns='jabber:client' type='chat'>{inner}</message>")

    assert read(stanza, UPLOADS) == expected


def test_an_id_that_no_index_takes_is_known_by_its_hash() -> None:
    long = "x" * (MAX_ID + 1)

    assert short("m1") == "m1"
    assert len(short(long)) == 64
    assert short(long) == short(long) != short(long + "x")
