"""Many invocations: outcomes, concurrency, rate limit, summary."""
