"""How every scikit-learn estimator is fitted and applied."""
