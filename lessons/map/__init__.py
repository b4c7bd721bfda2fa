"""The map: lessons in columns, part by part, and lines from what each builds on."""
