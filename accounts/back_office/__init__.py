"""What the back office of every app is made of: the site, the lists and forms, and what narrows them.

It lies beside `http.py`: each app's `admin.py` stands on it, and none on another's.
"""
