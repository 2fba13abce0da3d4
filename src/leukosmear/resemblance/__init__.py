"""Images beside one another: copies, fields of view, acquisitions, streams, and how well each was taken."""
