"""Who decides in a neighbourhood: sizes, terms, filing and warnings of the 3+X bodies (policy.md, section g).

Values are those of `choices.bodies`, as text. Days are calendar days.
"""

PARTY = ("party_branch", "party_group")
COMMITTEES = ("owners_committee", "stand_in")
OFFICERS = ("chair", "deputy", "secretary")
"""Roles that are held in public: whoever reads bodies reads who holds them, in a party body too."""
