"""XMPP on the wire: addresses, elements, stanzas, streams, SASL. Pure: no socket, clock or table."""
