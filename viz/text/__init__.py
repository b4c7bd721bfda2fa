"""Circuits as text: a tree or a table for a terminal, and the ledger of a backward pass."""
