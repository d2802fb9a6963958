"""逐级联审: the report, who reviews it by when, their opinions, and the conclusion."""
