"""`quartermaster serve`."""

import structlog
import typer

from app.cli.configuration import require_writable, settings_of
from app.cli.failure import FAILED, WRONG_USE, CommandFailed
from app.cli.options import DEFAULT_CONFIG, ConfigOption
from app.cli.warnings import warnings_of
from app.clock import now_utc
from app.logs import configure_logs
from app.serving import AddressInUse, announcement, run_server
from app.settings import Settings
from app.storage.errors import DatabaseLocked, DatabaseRefused, StorageUnavailable
from app.tls.faults import tls_faults
from app.venues import SymbolsUnknown, VenueUnknown

log = structlog.get_logger("serve")
app = typer.Typer()


@app.command()
def serve(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Take alerts until stopped."""
    settings = settings_of(config)
    require_writable(settings)
    if faults := tls_faults(settings.tls, now_utc()):
        raise CommandFailed(*faults, code=WRONG_USE)
    _open_log(settings)
    for warning in warnings_of(settings, config, now_utc()):
        log.warning(warning)
    try:
        run_server(settings, announcement(settings, config))
    except (DatabaseLocked, AddressInUse) as error:
        raise CommandFailed(str(error), code=WRONG_USE) from None
    except SymbolsUnknown as error:
        raise CommandFailed(*error.faults, code=WRONG_USE) from None
    except (DatabaseRefused, StorageUnavailable, VenueUnknown) as error:
        raise CommandFailed(str(error), code=FAILED) from None
    except ExceptionGroup as error:
        log.error("the desk failed", exc_info=error)
        raise CommandFailed(
            "the desk failed and has stopped; what was acknowledged is on disk: start it again"
        ) from None


def _open_log(settings: Settings) -> None:
    """Raises CommandFailed where the log's file cannot be opened."""
    try:
        configure_logs(file=settings.log_path, level=settings.log.level, style=settings.log.format)
    except OSError as error:
        raise CommandFailed(f"log.file: cannot write {settings.log_path}: {error.strerror}", code=WRONG_USE) from None
