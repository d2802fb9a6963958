"""What happened to a petition and why: its facts from the stream, told in Chinese. Codes only, nobody's words."""
