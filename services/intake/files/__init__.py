"""Files that come with a petition."""
