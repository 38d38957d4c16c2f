"""Search among the plans of kernels: costs of plans, strategies, and tuning with records.

The space that is searched is `planning/space`; records are in `planning/records.py`, where
`plan-schedule` finds the best again.
"""
