BIAS = -4.59
LIKELY = 0.60
"""From this score on a person is asked."""
WEIGHTS: dict[str, float] = {
    "name": 1.50,
    "surname": 2.06,
    "letters": 2.12,
    "matters_rate": 1.73,
    "amounts": 1.76,
    "name_differs": -3.00,
    "surname_differs": -0.50,
    "posts_differ": -0.60,
    "place_differs": -4.20,
    "differs_in_rate": -4.10,
    "amounts_differ": -1.63,
}
