"""The user service's statements, compiled at import.

``accounts`` has those of users and addresses, ``credentials`` those of sessions, tokens and devices,
``limits`` those of tries.
"""
