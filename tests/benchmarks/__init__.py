"""Figures as ratios against a route that does nothing, measured in one run on one machine."""
