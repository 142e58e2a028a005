"""Nothing kept is rewritten unseen: sealing, signing, anchoring, proving and exporting."""
