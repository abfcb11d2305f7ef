"""Frozen values the core speaks in: one noun per file."""
