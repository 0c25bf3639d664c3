"""A request on its way through the platform, and what is remembered of it."""
