"""Exposure limits and standing controls: one small class each, all evaluated for every order."""
