"""The work beside petitions: reception, outreach, mediation, supervisors, guidance, training, satisfaction, and
recommendations to units.
"""
