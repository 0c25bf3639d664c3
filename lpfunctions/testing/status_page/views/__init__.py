"""The parts of the page, each a pure function of what it shows."""
