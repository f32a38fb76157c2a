"""What was asked of an NGO's servers and what they said."""
