"""SASL from the server's side: what each mechanism's messages say. No lookup, no randomness."""
