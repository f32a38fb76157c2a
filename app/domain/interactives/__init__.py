"""Messages with buttons or a list."""
