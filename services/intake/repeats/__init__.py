"""Repeats: the same accused and the same matter, found over keyed signatures."""
