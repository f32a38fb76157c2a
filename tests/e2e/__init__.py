"""The whole product in its own processes, used as people use it."""
