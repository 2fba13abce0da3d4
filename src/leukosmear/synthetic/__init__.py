"""Drawing synthetic smears."""
