"""Figures about the cohort, each counted by a definition that stands beside it."""
