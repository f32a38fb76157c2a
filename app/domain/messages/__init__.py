"""Messages: how they come in, how they go out, and what becomes of them."""
