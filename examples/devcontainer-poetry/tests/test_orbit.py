import pytest

from orbit import period_minutes


def test_a_space_station_needs_an_hour_and_a_half() -> None:
    assert period_minutes(420) == pytest.approx(92.8, abs=0.5)


def test_a_television_satellite_needs_a_day() -> None:
    assert period_minutes(35_786) == pytest.approx(1436, abs=2)


def test_nothing_flies_below_the_ground() -> None:
    with pytest.raises(ValueError):
        period_minutes(0)
