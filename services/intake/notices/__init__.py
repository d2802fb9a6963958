"""Notices to reporters: due, written, sent, proven."""
