"""质量评查: samples that anybody can draw again, and the marks of a file."""
