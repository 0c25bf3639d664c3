"""`lpfunctions invoke-many`: the command, what it shows while it runs, and what it says at its end."""
