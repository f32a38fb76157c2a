"""Tags, and putting them on contacts and messages."""
