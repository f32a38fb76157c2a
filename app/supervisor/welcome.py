"""What the operator reads once everything runs."""

from __future__ import annotations

from app.supervisor.parts import Ports

#: Printed for everybody to read: it guards nothing but made-up people.
DEMO_PASSWORD = "samvad-demo"  # noqa: S105

ALWAYS = """
  Samvad is ready after {seconds:.1f} s. Ctrl-C stops it.

    web      http://localhost:{web}         GraphQL at /api, subscriptions at /socket
    chat     ws://localhost:{gateway}/xmpp    XMPP over WebSocket, domain localhost{tcp}
    admin    http://localhost:{admin}         /health, /metrics
"""

DEMO = """
  Demo organization "Asha Foundation", password of every login: {password}

    staff    917000000001 (admin)   917000000002 (manager)   917000000003 (staff)
    chat     917100000001@localhost ... 917100000040@localhost

  To try
    1. Log in with an XMPP client as 917100000001@localhost and write "help" to asha@localhost.
    2. Meanwhile log in as staff:
         curl -s http://localhost:{web}/api/v1/session -H 'content-type: application/json' \\
           -d '{{"user": {{"phone": "917000000001", "password": "{password}"}}}}'
    3. Walk a flow without a client:  .venv/bin/samvad flow run seeds/flows/survey.json
"""

EMPTY = """
  There is no user yet:  .venv/bin/samvad user create --admin
"""


def welcome(ports: Ports, *, demo: bool, seconds: float) -> str:
    """The addresses, the demo's logins, and what to do first."""
    names = {"STARTTLS": ports.tcp, "direct TLS": ports.tls}
    tcp = [f"{name} on port {port}" for name, port in names.items() if port]
    values = {
        "web": ports.web,
        "gateway": ports.gateway,
        "tcp": f"\n             localhost, TCP           {', '.join(tcp)}" if tcp else "",
        "admin": ports.admin,
        "password": DEMO_PASSWORD,
        "seconds": seconds,
    }
    return (ALWAYS + (DEMO if demo else EMPTY)).format(**values)
