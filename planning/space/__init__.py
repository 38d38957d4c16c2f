"""All plans of a statement: a space that is walked choice by choice.

`PlanSpace` in `plan_space.py` is the space; every other file has the choices of one way to plan.
"""
