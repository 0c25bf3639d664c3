"""Requests: parsing, routing, responses, and the journal."""
