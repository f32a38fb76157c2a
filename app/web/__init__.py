"""What every part of the web process shares."""
