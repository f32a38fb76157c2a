"""The chat server's rules, the same for XMPP, administration and the flow engine."""
