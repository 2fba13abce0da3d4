"""What all pages of the project share: how they look, how they write numbers, how they stay one file."""

from leukosmear.pages.environment import page_environment, records

__all__ = ["page_environment", "records"]
