"""The chat server: sockets, sessions and routing, and one module for each XEP."""
