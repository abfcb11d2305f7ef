"""TLS: a certificate and its key, their renewal while the server runs, and the certificates of clients."""
