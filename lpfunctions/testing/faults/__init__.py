"""What goes wrong on the way: a TCP proxy and a TCP server that follow a script."""
