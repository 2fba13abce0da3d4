"""Classify acute lymphoblastic leukemia from peripheral blood smear images.

For research use; not a medical device.
"""

__version__ = "0.1.0"
