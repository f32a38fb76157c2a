"""Tables of the chat server."""
