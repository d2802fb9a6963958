"""Plain FastStream: the same contracts, rules and tables, the way an ordinary team would write it.

A subscriber for each type, a SQLModel session and one transaction a message, an idempotent insert first, publishing
after the commit, then the acknowledgement. No outbox: what a crash cuts off after the commit is never said.
"""
