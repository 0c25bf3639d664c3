"""HTTP as far as the library needs it: messages, header fields, paths, bodies, limits."""
