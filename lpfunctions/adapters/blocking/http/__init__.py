"""HTTP/1.1 for the blocking client, over connections of its own or a ``requests.Session`` of the user's.

Read it in this order:

==================  =====================================================================================
`transport`         `RequestsTransport`: a request in, a response or an error of ours out
`exchange`          one request under way: its deadline, its phase, whether the server may have seen it
`routes`            where a request goes: origin, proxy, target
`pool`              the connections of one route: how many, who waits, what a signal may interrupt
`connection`        one connection: opened, written to, read from, and judged fit for another request
`connecting`        look-up, TCP to the first address that answers, tunnel, TLS
`channel`           a socket with what was read ahead; never past the deadline
`response_bytes`    what a server sends, read strictly (RFC 9112)
`failures`          the map from what went wrong to errors of ours
`users_session`     the other way: a session of the user's, with the map of what requests raises
==================  =====================================================================================
"""
