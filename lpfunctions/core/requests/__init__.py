"""From a call of the user to a request: the call, the operation, its endpoint, its body."""
