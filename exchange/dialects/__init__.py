"""How each venue says what all of them mean: its requests, its answers, its units."""
