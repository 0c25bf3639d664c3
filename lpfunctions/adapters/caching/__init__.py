"""Values that are fetched once and kept: in the process, and in a store that processes share."""
