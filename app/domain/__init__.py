"""What the system does: one folder an area, verbs in its `service.py`, SQL in `repository.py`."""
