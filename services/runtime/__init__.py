"""What every service runs on: rounds, settling, broker, database, clock."""
