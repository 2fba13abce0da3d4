"""The one way from the bytes of an image file to the pixels that models and measurements take."""

from leukosmear.preparation.files import AcceptedFile, accepted_files
from leukosmear.preparation.planning import Preparations, plan_preparations
from leukosmear.preparation.preparation import Preparation

__all__ = ["AcceptedFile", "Preparation", "Preparations", "accepted_files", "plan_preparations"]
