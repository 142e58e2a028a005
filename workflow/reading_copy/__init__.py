"""The reading copy: a whole pathway as a clinician's document, made from the pathway alone."""
