"""From the bytes of an image file to what models and measurements take."""
