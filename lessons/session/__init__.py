"""A lesson being taken: code run, questions answered, progress kept."""
