"""The lists of what this app keeps, in the back office."""
