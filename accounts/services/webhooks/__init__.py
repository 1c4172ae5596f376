"""Webhooks: what `changes/` tells, sent to whoever asked for it."""
