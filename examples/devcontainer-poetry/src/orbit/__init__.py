"""How long a satellite takes around the Earth."""

from math import pi, sqrt

EARTH_RADIUS_KM = 6371.0
GRAVITY_KM3_S2 = 398_600.4418


def period_minutes(height_km: float) -> float:
    """The time of one round trip on a circle at this height."""
    if height_km <= 0:
        raise ValueError("a satellite flies above the ground")
    radius = EARTH_RADIUS_KM + height_km
    return 2 * pi * sqrt(radius**3 / GRAVITY_KM3_S2) / 60
