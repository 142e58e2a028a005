"""A pathway proved before patients meet it: every state, every combination of facts, by a solver.

`prove` (in `workflow.proof.prover`) answers with findings, each with a made-up patient that shows
it. The solver (z3) is an extra and is imported when something is proved.
"""
