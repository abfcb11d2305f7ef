"""Pages that are written from the code: `python -m docs.generate` writes them, a test fails where one is outdated."""
