"""The composition root: everything that touches the outside world."""
