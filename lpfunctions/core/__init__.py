"""Pure rules: same input, same output. No I/O here; the time is always passed in."""
