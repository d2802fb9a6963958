"""After the conclusion: what the reporter says of the result, visits, rest, lapse and reopening."""
