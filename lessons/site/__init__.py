"""Everything as a static site: lessons that judge in the page, map, gallery, guides, reference, search."""
