"""Choosing a schedule: which mapping, register tile, loop order and packing a statement gets without any search.

Takes statements, mappings and machines; gives `#plan.schedule` attributes and estimates of what they cost. No passes,
no rewriting.
"""
