"""Drawings: pure functions from the contents of records to SVG, the same bytes for the same input."""
