"""Files of other systems become paths; a mapping says how, and every row is decided."""
