"""A lesson's text: read, divided, found."""
