"""Finding conversations, and the searches that staff keep."""
