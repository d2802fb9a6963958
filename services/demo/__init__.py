"""A year driven through the services' own front doors, and its figures beside the expected ones."""
