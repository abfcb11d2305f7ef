"""Diagrams as text."""
