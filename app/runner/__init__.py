"""Hosts the flow engine: what came in goes to `flows`, what it says becomes rows, in one transaction."""
