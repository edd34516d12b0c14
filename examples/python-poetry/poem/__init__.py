"""A cow that says a verse."""
