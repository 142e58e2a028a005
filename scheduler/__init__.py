"""When we look: the tick, the sweep over due checkpoints, and the delivery of notices."""
