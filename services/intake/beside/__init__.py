"""The work beside petitions: reception, outreach, mediation, supervisors, guidance, training, satisfaction."""
