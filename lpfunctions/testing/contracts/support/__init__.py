"""What the contract suites share: senders, certificates, judging a failure."""
