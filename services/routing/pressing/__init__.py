"""Pressing a case on: leaders who own one, supervision letters, hearings, the intercession log."""
