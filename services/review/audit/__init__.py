"""What proves, to anybody and later, what was decided by whom: published heads, exports, their verification."""
