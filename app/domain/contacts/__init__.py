"""The people an organization talks with."""
