"""The history of the schema, carried out at start."""
