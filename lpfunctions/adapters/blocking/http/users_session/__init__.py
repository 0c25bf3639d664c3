"""The other way to send: a ``requests.Session`` of the user's."""
