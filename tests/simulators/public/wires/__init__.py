"""How each venue talks: its paths, its bodies, its streams."""
