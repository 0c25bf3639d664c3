"""The command line: what a person types to try lpfunctions."""
