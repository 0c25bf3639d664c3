"""Faults that a test injects into the platform."""
