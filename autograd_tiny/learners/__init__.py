"""What people type, and what it tells: formulas read, numbers compared, mistakes recognised by their numbers."""
