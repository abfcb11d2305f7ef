"""From the raw bytes of an alert to one Signal, or to a refusal that names the field: pure functions, no I/O."""
