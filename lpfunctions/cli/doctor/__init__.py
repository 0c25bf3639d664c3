"""`lpfunctions doctor`: find the step at which calls fail, and what to do about it."""
