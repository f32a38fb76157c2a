"""The expression language: templates compiled to closures, typed values, bounded work."""
