"""Choosing a schedule: mapping, register tile, loop order and packing, without any search.

Takes statements, mappings and machines; gives `#plan.schedule` attributes and estimates of what
they cost. No passes, no rewriting.
"""
