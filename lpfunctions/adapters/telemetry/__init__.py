"""Telling operators: OpenTelemetry, structlog, the user's collector."""
