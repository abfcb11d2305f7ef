"""What must be true of a database: each file looks at one thing, and is a line in `checking.CHECKS`."""
