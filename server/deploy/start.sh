#!/bin/sh
# Run the app and nginx in one container; when either ends, the other is stopped, and the container ends.
# TRUSTED_PROXIES names who ends TLS before it: see README.md beside this file.
set -eu
python -m carreau_server.settings "${TRUSTED_PROXIES:-}" >"${PROXIES_CONF:-/tmp/carreau-proxies.conf}"
bundle="${1:-/bundle}"
if [ ! -f "$bundle/manifest.json" ]; then
    echo "$bundle has no manifest.json; mount a bundle there, which carreau publish makes" >&2
    exit 2
fi
python -m carreau_server "$bundle" --host 127.0.0.1 --port "${APP_PORT:-8000}" --no-access-log &
app=$!
nginx -c "${NGINX_CONF:-/opt/carreau/server/deploy/nginx/container.conf}" -e stderr -g 'daemon off;' &
web=$!
trap 'kill -TERM $app 2>/dev/null; kill -QUIT $web 2>/dev/null' TERM INT
while kill -0 $app 2>/dev/null && kill -0 $web 2>/dev/null; do
    sleep 1 &
    wait $! || true
done
kill -QUIT $web 2>/dev/null || true
kill -TERM $app 2>/dev/null || true
wait
