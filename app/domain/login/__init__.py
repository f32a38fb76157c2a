"""How staff prove who they are: passwords, one-time codes, tokens."""
