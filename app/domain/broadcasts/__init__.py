"""Messages to whole groups, worked off at a steady pace."""
