"""The vault: what is kept, who may read it, and when it is destroyed."""
