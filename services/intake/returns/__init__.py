"""The reporter's return with the receipt."""
