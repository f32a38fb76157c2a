"""How an organization reaches services of others."""
