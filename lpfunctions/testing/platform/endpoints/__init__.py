"""The services of the platform: discovery, tokens, invocation, listing."""
