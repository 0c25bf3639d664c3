"""What the ports are made of. An adapter imports its port and the core, never another adapter's mode."""
