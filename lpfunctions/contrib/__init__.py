"""The client in engines and frameworks of others; each folder needs an extra of the same name."""
