#!/bin/sh
# certbot runs this after each renewal: install it as /etc/letsencrypt/renewal-hooks/deploy/quartermaster, mode 0755.
# The desk may not look into /etc/letsencrypt; it gets copies of its own, and notices within two seconds.
set -eu
to=/var/lib/quartermaster/tls
install -d -o quartermaster -g quartermaster -m 0700 "$to"
for name in fullchain.pem privkey.pem; do
    install -o quartermaster -g quartermaster -m 0600 "$RENEWED_LINEAGE/$name" "$to/.$name.new"
    mv -f "$to/.$name.new" "$to/$name"
done
