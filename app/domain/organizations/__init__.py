"""Organizations: the tenants, and which of them a host name means."""
