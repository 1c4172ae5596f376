"""Exports: asked for, made by the worker with flat memory, fetched by whoever asked, and deleted when their time is
over.
"""
