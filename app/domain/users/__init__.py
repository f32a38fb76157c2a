"""The staff of an organization and what each of them may."""
