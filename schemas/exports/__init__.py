"""Translations of a declaration into what platforms, standards and regulators ask for; one file each.

Only what was declared, or confirmed by a person, is ever translated: what a machine suspects is for the tenant and the
reviewers. An undeclared facet says nothing, and is never written as "no AI".
"""
