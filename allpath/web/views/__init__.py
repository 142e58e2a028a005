"""What each page shows and does: one module for each."""
