"""How an outgoing message leaves, one file a channel. Importing this fills the register."""

from __future__ import annotations

from app.channels.simulator import SimulatorChannel
from app.channels.xmpp import XmppChannel
from app.domain.messages.channel import CHANNELS

CHANNELS.update(simulator=SimulatorChannel(), xmpp=XmppChannel())
