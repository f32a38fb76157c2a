"""The definitions of what an organization wants to know of its contacts."""
