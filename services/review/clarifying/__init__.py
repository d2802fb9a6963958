"""澄清正名: cleared up step by step; and what became of a false or mistaken accusation."""
