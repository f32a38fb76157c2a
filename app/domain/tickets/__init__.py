"""Questions for staff."""
