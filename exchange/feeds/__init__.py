"""How public prices are asked for: each venue by one ccxt driver on our own wire, what became of it told as a state."""
