"""A bare server: what a signed request costs with the venue's libraries and no exchange behind.

``python -m bench.bare`` prints its URL and serves until SIGTERM.
"""

import hashlib
import hmac
import socket

import uvicorn

from tradelatch.venue.api.asgi import Receive, Scope, Send


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    """Check the body's signature and answer what the load generator hopes for (ASGI)."""
    body = (await receive())["body"]
    form, _, signature = body.rpartition(b"&signature=")
    digest = hmac.digest(b"secret", form, hashlib.sha256).hex().encode()
    status = 200 if hmac.compare_digest(digest, signature) else 400
    content = b'{"symbol":"ETHBTC","orderId":1,"status":"%b"}' % _status(scope["method"], form)
    headers = [
        (b"content-type", b"application/json;charset=UTF-8"),
        (b"content-length", str(len(content)).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def _status(method: str, form: bytes) -> bytes:
    if method == "DELETE":
        return b"CANCELED"
    return b"NEW" if b"timeInForce=GTC" in form else b"EXPIRED"


def main() -> None:
    """Serve."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        config = uvicorn.Config(
            answer,
            http="httptools",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
        )
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
