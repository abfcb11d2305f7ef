"""Old history leaves the database: planned, exported, verified, and only then deleted, beside a desk that trades."""
