"""Which markets stand out: rules over what a venue says of them. Standard library only, and no clock."""
