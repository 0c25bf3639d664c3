"""How a connection is opened: look-up, TCP to the first address that answers, tunnel, TLS."""
