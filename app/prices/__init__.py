"""The price side of the running desk: what venues say, kept fresh and told to whoever looks."""
