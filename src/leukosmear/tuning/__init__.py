"""Studies: which parameters are searched, who proposes the next ones, and what comes out."""
