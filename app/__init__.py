"""Samvad: conversations between an NGO and the people it serves."""
