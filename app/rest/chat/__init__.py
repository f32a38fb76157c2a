"""REST for the apps of end users: messages, contacts, rooms and server-sent events."""
