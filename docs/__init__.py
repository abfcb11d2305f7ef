"""The documentation, and what keeps it current."""
