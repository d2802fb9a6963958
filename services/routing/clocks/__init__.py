"""The clocks of a case."""
