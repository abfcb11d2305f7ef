"""Venues as the desk sees them, for tests: real wire formats over the paper exchange's matching engine."""
