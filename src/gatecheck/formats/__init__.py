"""Readers of the reports that other tools write: bytes in, records out."""
