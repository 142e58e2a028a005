"""The revisions. A published one is never edited: a change of the tables is a new revision."""
