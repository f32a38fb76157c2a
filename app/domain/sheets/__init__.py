"""Sheets of an organization: CSV files that flows read and add rows to."""
