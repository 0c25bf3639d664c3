"""Facts of LivePerson Functions, as tables: versions, events, error codes, hosts."""
