"""Signing in: passwords, sessions, second factors."""
