"""The commands that make one call, or none: a file each."""
