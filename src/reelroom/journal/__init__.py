"""Append, tail and inspect journals: frames as Matroska, events as JSON lines. The format: docs/design/journal.md."""
