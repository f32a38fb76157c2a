"""Routers: how a node chooses its exit."""
