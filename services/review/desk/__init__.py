"""The desk: where offices, leaders and units do their work in a browser. A gateway without any authority."""
