"""Conversations that a flow must hold as written: kept with the flow, run when it is published."""
