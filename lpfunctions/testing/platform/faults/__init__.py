"""What a test lets go wrong on the platform."""
