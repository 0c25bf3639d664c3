"""What the contract suites share: senders, certificates, assertions about failures."""
