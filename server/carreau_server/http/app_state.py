"""State that all requests to one app share."""

from __future__ import annotations

from carreau_server.bundle.bundle import Bundle
from carreau_server.bundle.releases import ReleaseManager
from carreau_server.http.access_log import AccessLog
from carreau_server.http.metrics import Metrics
from carreau_server.http.rate_limit import RateLimiter
from carreau_server.http.security_headers import SecurityHeaders
from carreau_server.http.trusted_proxies import TrustedProxies
from carreau_server.messages import Messages
from carreau_server.settings import Settings


class AppState:
    """State that all requests to one app share.

    in_flight : requests that are being answered
    is_draining : whether the server is stopping, and only finishes requests in flight
    """

    def __init__(self, settings: Settings) -> None:
        """Open the bundle; raises CorruptBundleError if it is damaged or missing."""
        self.settings = settings
        self.releases = ReleaseManager(settings)
        self.messages, self.metrics, self.log = Messages(), Metrics(), AccessLog()
        self.rate_limiter = RateLimiter(settings.requests_per_s, settings.burst)
        self.trusted_proxies = TrustedProxies(settings.trusted_proxies)
        self.in_flight, self.is_draining = 0, False
        self._security_headers: tuple[Bundle, SecurityHeaders] | None = None

    def security_headers(self, bundle: Bundle) -> SecurityHeaders:
        """Return the security headers of a release."""
        if self._security_headers is None or self._security_headers[0] is not bundle:
            is_https = bundle.base_url.startswith("https:")
            self._security_headers = bundle, SecurityHeaders(self.settings, is_https, bundle.styles)
        return self._security_headers[1]
