"""Whose hands a case comes into: recusal, difficulty, mode, unit, and what moves it on."""
