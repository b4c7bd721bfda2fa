"""The gallery in docs/gallery: `exhibits.md` tells it, its programs are run, and what they save and print is shown."""
