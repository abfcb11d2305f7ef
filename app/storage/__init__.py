"""Order state on disk: the only place that speaks SQL."""
