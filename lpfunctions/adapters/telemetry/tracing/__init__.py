"""Spans of operations and attempts, and the headers that carry their trace to the platform."""
