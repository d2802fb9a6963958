"""Who signs, and the chain that their words make."""
