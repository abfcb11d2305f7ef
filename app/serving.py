"""`quartermaster serve`: a locked database, a bound port, a desk that runs, and a stop that loses nothing."""

import asyncio
import gc
import os
import signal
import socket
from pathlib import Path

import structlog
import uvloop
from hypercorn.asyncio import serve as serve_asgi
from hypercorn.config import Config

from app.bootstrap import build_service
from app.connecting import connect
from app.connections import Connection, accept_as
from app.logs import say
from app.points import Probe, no_probe
from app.rotation import watch_secrets
from app.service import Service
from app.settings import Settings
from app.storage.database import DatabaseLock
from app.storage.preparing import Upgrade, prepare
from app.tls.clients import CertifiedConnection, TlsConfig
from app.tls.renewing import RenewingContext
from app.web import create_app

log = structlog.get_logger("serve")

BACKLOG = 1024
FIRST_FREE_PORT = 1024
KEEP_ALIVE_S = 75
GRACEFUL_STOP_S = 5.0
HANDSHAKE_WITHIN_S = 10.0


class AddressInUse(Exception):
    """The host and port of the configuration cannot be bound."""


def run_server(settings: Settings, announce: str = "", probe: Probe = no_probe) -> None:
    """Serves until SIGTERM or SIGINT, then drains.

    Raises DatabaseLocked, DatabaseRefused, AddressInUse, VenueUnknown or SymbolsUnknown before anything was started.
    """
    lock = DatabaseLock(settings.database_path)
    lock.acquire()
    try:
        with bind(settings.server.host, settings.server.port) as listener:
            _tell(prepare(settings.database_path))
            if announce:
                say(announce)
            uvloop.run(_serve(settings, probe, listener))
    finally:
        lock.release()


def _tell(upgrade: Upgrade | None) -> None:
    if upgrade is not None:
        log.info("database upgraded", before=upgrade.before, after=upgrade.after, backup=str(upgrade.backup.file))


def bind(host: str, port: int) -> socket.socket:
    """A listening socket. Raises AddressInUse."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        reason = error.strerror or error
        is_denied = isinstance(error, PermissionError) and port < FIRST_FREE_PORT
        what_to_do = "a service may be given CAP_NET_BIND_SERVICE for it" if is_denied else "stop what uses it"
        raise AddressInUse(f"cannot listen on {host}:{port}: {reason}; {what_to_do}, or set [server] port") from error
    return listener


async def _serve(settings: Settings, probe: Probe, listener: socket.socket) -> None:
    service = build_service(settings, probe, await connect(settings))
    stop, drained = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    app = create_app(service)
    files = service.settings.tls
    certificate = RenewingContext(files) if files is not None else None
    try:
        await service.engine.load()
        _tune_garbage_collection()
        async with asyncio.TaskGroup() as tasks:
            started = asyncio.Event()
            running = tasks.create_task(service.run(started), name="desk")
            await started.wait()
            server = tasks.create_task(
                serve_asgi(app, server_config(listener, certificate), shutdown_trigger=drained.wait), name="server"
            )
            renewing = _renew(tasks, service, certificate, stop)
            log.info("serving", accounts=list(service.setup.accounts), strategies=list(service.setup.strategies))
            await stop.wait()
            log.info("stopping")
            await service.drain()
            drained.set()
            await server
            for task in (running, *renewing):
                task.cancel()
    finally:
        await service.close()
    log.info("stopped")


def _renew(
    tasks: asyncio.TaskGroup, service: Service, certificate: RenewingContext | None, stop: asyncio.Event
) -> list[asyncio.Task[None]]:
    """Secrets and certificate follow their files. SIGHUP has them looked at in the moment, or tells that the terminal
    is gone in which the server was started: then it stops."""
    hurries = [asyncio.Event(), asyncio.Event()]
    had_terminal = _has_terminal()

    def on_hangup() -> None:
        if had_terminal and not _has_terminal():
            stop.set()
        for hurry in hurries:
            hurry.set()

    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, on_hangup)
    running = [tasks.create_task(watch_secrets(service.settings, service.keyring, hurries[0]), name="secrets")]
    if certificate is not None:
        running.append(tasks.create_task(certificate.watch(hurries[1]), name="certificate"))
    return running


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


def _tune_garbage_collection() -> None:
    """What was loaded stays, and frozen values die by their reference count: worth a tenth of the CPU."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def server_config(listener: socket.socket, certificate: RenewingContext | None) -> Config:
    config = Config()
    accept_as(CertifiedConnection if certificate is not None else Connection)
    if certificate is not None:
        config = TlsConfig(certificate.listening)
        config.ssl_handshake_timeout = HANDSHAKE_WITHIN_S
    config.bind = [f"fd://{listener.detach()}"]
    config.backlog = BACKLOG
    config.keep_alive_timeout = KEEP_ALIVE_S
    config.graceful_timeout = GRACEFUL_STOP_S
    config.accesslog = None
    config.errorlog = None
    config.include_server_header = False
    return config


def announcement(settings: Settings, path: Path) -> str:
    """Where alerts go, and on paper a command to try it that reads the secret from the file: none is printed."""
    address = settings.server.address
    lines = [f"Webhook  {address}/webhook", f"Look     quartermaster status --config {path}"]
    if all(account.is_paper for account in settings.accounts):
        lines.insert(1, f"Try it   {_by_tls(path) if settings.tls else _by_curl(address, path)}")
    return "\n".join(lines)


def _by_curl(address: str, path: Path) -> str:
    secret = f"""$(sed -n '/^\\[webhook\\]/,/^\\[/s/^secret *= *"\\(.*\\)".*/\\1/p' {path})"""
    alert = '{"id": "first", "symbol": "BTC/USDT:USDT", "action": "buy", "quantity": "0.01", "price": "65000"}'
    return f"curl {address}/webhook -H \"Authorization: Bearer {secret}\" -d '{alert}'"


def _by_tls(path: Path) -> str:
    """A certificate is for a name that this machine may not be reached by: the command line knows it all the same."""
    alert = "--id first --symbol BTC/USDT:USDT --action buy --quantity 0.01 --price 65000"
    return f"quartermaster send --config {path} {alert}"
