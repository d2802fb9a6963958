BIAS = -0.76
LIKELY = 0.7
"""From this score on a person is asked."""
WEIGHTS: dict[str, float] = {
    "name": 1.38,
    "surname": 2.07,
    "place": 0.47,
    "letters": 2.31,
    "strong": 0.84,
    "amounts": 1.98,
    "name_differs": -3.28,
    "surname_differs": -1.39,
    "posts_differ": -0.52,
    "place_differs": -3.23,
    "organs_differ": -0.22,
    "amounts_differ": -1.24,
    "template": -7.06,
    "unshared": -0.97,
    "apart": -0.62,
    "shortest": -1.30,
}
