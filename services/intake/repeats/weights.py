BIAS = -0.75
LIKELY = 0.68
"""From this score on a person is asked."""
WEIGHTS: dict[str, float] = {
    "name": 1.43,
    "surname": 2.09,
    "place": 0.48,
    "letters": 2.38,
    "strong": 0.81,
    "amounts": 1.93,
    "name_differs": -3.28,
    "surname_differs": -1.37,
    "posts_differ": -0.52,
    "place_differs": -3.26,
    "organs_differ": -0.23,
    "amounts_differ": -1.29,
    "template": -7.08,
    "unshared": -0.94,
    "apart": -0.62,
    "shortest": -1.34,
}
