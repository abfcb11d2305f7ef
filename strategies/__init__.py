"""What to do with an alert: one small class per file, registered by name."""
