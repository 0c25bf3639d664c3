"""What telemetry is told: operations, attempts, refreshes, and what a collector of metrics gets."""
