"""The back office of people, clients, history, jobs and webhooks: one module a subject."""

from accounts.admin import clients, jobs, names, records, signing_in, users, webhooks

__all__ = ["clients", "jobs", "names", "records", "signing_in", "users", "webhooks"]
