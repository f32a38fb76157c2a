"""What a contact's conversation still has to hear, and the sessions it is in. Tables only; no engine."""
