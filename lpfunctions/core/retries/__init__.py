"""When an attempt is repeated: policy, budget, deadline, and the log of attempts."""
