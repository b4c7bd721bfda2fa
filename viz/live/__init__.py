"""A page that follows the session: what it shows, its server, its face."""
