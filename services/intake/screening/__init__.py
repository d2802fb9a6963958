"""Screening: what rules propose, what a clerk decides, what is followed up."""
