"""The back office of governance: lists that are read, one module a subject."""
