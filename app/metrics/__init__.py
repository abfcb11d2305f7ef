"""What Prometheus is told: counts and times gathered after each commit, figures read from the book when asked."""
