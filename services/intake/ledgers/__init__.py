"""The ledger that clerks keep of what comes in, in each format."""
