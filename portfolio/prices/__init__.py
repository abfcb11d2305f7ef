"""Prices across venues: what each says, what it is worth together, and where venues disagree. Standard library only."""
