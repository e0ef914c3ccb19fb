"""The gate's process: uvicorn in front of the application."""

import socket
import time

import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from tradelatch.gate.app import Gate
from tradelatch.gate.link import SignerLink
from tradelatch.gate.sockets import Sockets
from tradelatch.isolation.landlock import confine
from tradelatch.isolation.process import harden
from tradelatch.isolation.users import NoUser, door
from tradelatch.model.config import Config, Exchange

KEEP_ALIVE_S = 75
PONG_WITHIN_S = 60
"""As at Binance, which pings every 20 s, too
(https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams)."""


class TextPings(WebSocketsSansIOProtocol):
    """Its pings carry the time in ms as text, where uvicorn's carry any bytes: NautilusTrader
    answers no others."""

    def send_keepalive_ping(self) -> None:
        """Called every 20 s (`ws_ping_interval`)."""
        if self.close_sent or self.transport.is_closing():
            return
        self.pending_ping_payload = str(time.time_ns() // 1_000_000).encode()
        self.ping_sent_at = self.loop.time()
        self.conn.send_ping(self.pending_ping_payload)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.pong_timer = self.loop.call_later(PONG_WITHIN_S, self.keepalive_timeout)


class CannotStart(Exception):
    """The address is taken or not ours, or a user is missing; the message says which."""


def run(config: Config) -> None:
    """Run until SIGTERM or SIGINT; prints the address once it listens.

    Raises:
        CannotStart: the configured address or users cannot be had.
    """
    try:
        signers, couriers = (door(config.users, "gate", peer) for peer in ("signer", "courier"))
    except NoUser as error:
        raise CannotStart(f"users: {error}") from error
    where = f"{config.gate.host}:{config.gate.port}"
    family = socket.AF_INET6 if ":" in config.gate.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((config.gate.host, config.gate.port))
        listener.listen()  # whoever reads the address may connect at once
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CannotStart(f"cannot listen on {where}: {reason}") from error
    harden()
    if not confine():
        print("gate: its files are not confined: this kernel has no Landlock", flush=True)
    print(f"gate: http://{config.gate.host}:{listener.getsockname()[1]}", flush=True)
    folder = config.home / "run"
    link = SignerLink(folder / "signer.sock", signers.users)

    def base_url(exchange: str) -> str:
        return config.exchanges.get(exchange, Exchange()).url

    sockets = Sockets(link, folder / "streams.sock", couriers.users, base_url)
    gate = Gate(link, sockets, config.gate.max_body)
    settings = uvicorn.Config(
        gate,
        http="httptools",
        loop="uvloop",
        ws=TextPings,
        ws_max_size=config.gate.max_body,
        lifespan="on",
        access_log=False,
        # Its warnings tell of every request that is no HTTP: anybody could fill a disk with them.
        log_level="error",
        # Bots ask every few seconds: a connection that is closed just then loses a request.
        timeout_keep_alive=KEEP_ALIVE_S,
        server_header=False,
        date_header=False,
        proxy_headers=False,
    )
    uvicorn.Server(settings).run(sockets=[listener])
