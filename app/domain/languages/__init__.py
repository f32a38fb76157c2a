"""Languages, which the whole installation shares."""
