"""WHERE TO: the PostgreSQL warehouse. Knows records, not platforms."""
