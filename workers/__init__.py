"""Processes that work off jobs. A task says which verb; the rule is elsewhere."""
