"""The small site that these tests talk to."""

from tests.site_fixtures import analyst, browser_of_nobody, people, peopled_file, site

__all__ = ("analyst", "browser_of_nobody", "people", "peopled_file", "site")
