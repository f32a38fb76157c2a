"""Flow JSON in, a compiled flow out."""
