"""What a command is told: by flags, the environment and files, each value with its origin."""
