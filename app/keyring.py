"""The secrets that are valid now, and all that ever were since the start: those never appear in a log."""

from pydantic import SecretStr

from app.settings import Settings


class Keyring:
    """Replaced as a whole while the server runs; whoever holds it sees the change."""

    def __init__(self, settings: Settings) -> None:
        self.webhook: tuple[SecretStr, ...] = ()
        self.api: tuple[SecretStr, ...] = ()
        self.hidden: tuple[SecretStr, ...] = settings.credentials
        self.renew(settings)

    def renew(self, settings: Settings) -> bool:
        """The secrets are those of the settings. True where that changed any."""
        webhook, api = settings.webhook.secrets, settings.server.api_tokens
        if (webhook, api) == (self.webhook, self.api):
            return False
        self.webhook, self.api = webhook, api
        self.hidden = tuple(dict.fromkeys((*webhook, *api, *self.hidden)))
        return True
