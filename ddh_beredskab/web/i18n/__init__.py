"""The catalogue of the pages: `da.yaml` is the source, `en.yaml` has the same keys."""
