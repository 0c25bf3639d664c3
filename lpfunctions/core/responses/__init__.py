"""From a response to what the user reads: the response, its models, its errors."""
