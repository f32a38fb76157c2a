"""The running gateway: sockets, login, sessions, routing, and the bus between gateways."""
