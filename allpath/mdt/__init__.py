"""Meetings of the MDT: agenda, decisions and actions, for every front door."""
