"""The administration of the installation: a face for operators, on loopback."""
