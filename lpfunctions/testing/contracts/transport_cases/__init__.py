"""The cases of the transport contract, by what they are about."""
