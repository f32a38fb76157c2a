"""Services that say what a text is meant to say."""
