"""The demonstration: made-up patients, carried to every state by the ordinary orchestrator.

`first_journeys.py` and `later_journeys.py` are the table of who is carried where, the chapters say
what happens in each part of care, `people.py` who the patients are, `carrying.py` how an act is
done and `cohort.py` the whole of it. Nothing here knows a rule of the pathway, and nothing that is
shown is made up: it is read back from the store.
"""
