BIAS = 0.89
LIKELY = 0.58
"""From this score on a person is asked."""
WEIGHTS: dict[str, float] = {
    "name": 1.32,
    "surname": 1.93,
    "place": 0.64,
    "letters": 2.00,
    "strong": 0.55,
    "amounts": 1.91,
    "name_differs": -3.86,
    "surname_differs": -1.76,
    "posts_differ": -0.38,
    "place_differs": -3.61,
    "organs_differ": -0.61,
    "amounts_differ": -1.12,
    "template": -5.49,
    "unshared": -0.67,
    "apart": -1.08,
    "shortest": -1.64,
}
