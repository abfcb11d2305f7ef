"""Venues: the paper exchange, and sources of quotes."""
