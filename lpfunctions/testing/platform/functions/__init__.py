"""Functions as an account holds them, and how they are run."""
