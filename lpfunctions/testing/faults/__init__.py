"""Network faults: a TCP proxy and a TCP server that follow a script."""
