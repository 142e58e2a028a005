"""What is true: pathways, facts, conditions and decisions, without database, network or clock."""
