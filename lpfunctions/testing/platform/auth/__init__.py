"""Authentication of requests: bearer tokens, DPoP and OAuth 1.0."""
