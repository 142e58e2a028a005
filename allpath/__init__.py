"""The front door: it translates between people or programs and the orchestrator."""
