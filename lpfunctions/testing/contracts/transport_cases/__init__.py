"""The cases of the transport contract, by subject."""
