"""A laid-out picture as marks on a page, ready for any printer."""
