"""Collectors of metrics: the observer that tells a user's, and those that ship."""
