"""The recorder process: one task from its start to its last delivered callback."""
