"""The demonstration: made-up patients, carried to every state by the ordinary orchestrator.

`journeys.py` is the table of who is carried where, `chapters.py` what happens in each part of care,
`people.py` who the patients are, `carrying.py` how an act is done, `cohort.py` the whole of it on a
fresh file. Nothing here knows a rule of the pathway, and nothing shown is made up: it is read back
from the store.
"""
