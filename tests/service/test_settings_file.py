"""The commented settings file shows every setting as it is."""

from service.settings_file import PATH, render


def test_the_settings_file_is_up_to_date():
    assert PATH.read_text("utf-8") == render(), "run `python -m service.settings_file`"
