"""One file a queue. Task names are those of `app.core.jobs`."""
