"""The benchmark: the services beside a floor and beside plain FastStream, on the same messages."""
