"""What authorises a request: credentials, tokens, the header itself."""
