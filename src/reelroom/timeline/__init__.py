"""What a task records, decided from logs alone: files, gaps, limits and notices, in virtual time."""
