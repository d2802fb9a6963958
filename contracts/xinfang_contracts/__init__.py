"""Shared contracts of Xinfang: what the services and their partners say to each other.

Everything a publisher or a subscriber needs stands in :mod:`xinfang_contracts.registry`; importing this
package needs pydantic and nothing else.
"""

__version__ = "1.0.0"
