"""The sealed path (规则15): to the one reader, and nothing stays."""
