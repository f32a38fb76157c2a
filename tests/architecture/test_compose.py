"""What the container files name exists in the code: commands, variables, ports, queues."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from app.cli.main import app
from app.core.jobs import QUEUES
from app.settings import Settings
from app.supervisor.parts import Ports

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVERS = ("db", "redis")
OURS = {name: service for name, service in COMPOSE["services"].items() if name not in SERVERS}
#: Service -> the settings of the ports that it listens on.
LISTENS = {
    "web": ("web_port",),
    "gateway": ("gateway_port", "tcp_port", "tls_port"),
    "admin": ("admin_port",),
}
#: What the compose file asks of its own environment and hands to PostgreSQL.
FOR_COMPOSE_ONLY = {"POSTGRES_PASSWORD"}
VARIABLES = {name.upper() for name in Settings.model_fields}


def env_example() -> dict[str, str]:
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    pairs = [re.match(r"^(?:# )?([A-Z_]+)=(.*)$", line) for line in lines]
    return {match[1]: match[2] for match in pairs if match}


@pytest.mark.parametrize("service", OURS)
def test_every_service_runs_a_command_that_exists(service: str) -> None:
    commands = get_command(app)

    assert OURS[service]["command"][0] in commands.commands


@pytest.mark.parametrize("service", OURS)
def test_every_variable_of_a_service_is_a_setting(service: str) -> None:
    assert set(OURS[service]["environment"]) - VARIABLES == set()


def test_the_three_settings_without_a_default_are_given_to_every_service() -> None:
    needed = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY"}

    assert [name for name, s in OURS.items() if not needed <= set(s["environment"])] == []


def test_every_setting_of_the_env_file_reaches_every_process() -> None:
    """`.env` alone only fills in `${…}`: a setting that is not named here would be without effect."""
    read = [{"path": ".env", "required": False}]

    assert [name for name, service in OURS.items() if service.get("env_file") != read] == []


def test_the_data_are_in_the_volume_whatever_the_env_file_says() -> None:
    assert {service["environment"]["SAMVAD_HOME"] for service in OURS.values()} == {
        service_volume.split(":")[1]
        for service in OURS.values()
        for service_volume in service["volumes"]
    }


def test_published_ports_are_the_ports_the_processes_listen_on() -> None:
    published = {
        name: (
            service["ports"],
            [service["environment"][port.upper()] for port in LISTENS.get(name, ())],
        )
        for name, service in OURS.items()
        if "ports" in service
    }

    assert published == {
        "web": (["4000:4000"], ["4000"]),
        "gateway": (["5280:5280", "5222:5222", "5223:5223"], ["5280", "5222", "5223"]),
        "admin": (["127.0.0.1:5551:5551"], ["5551"]),
    }
    own = {"tcp_port": Ports().tcp, "tls_port": Ports().tls}
    assert {
        name: [str(own.get(port, getattr(Settings(), port))) for port in LISTENS[name]]
        for name in published
    } == {name: ports for name, (_, ports) in published.items()}


def test_the_workers_serve_every_queue_and_each_once() -> None:
    served = [
        queue
        for service in OURS.values()
        if service["command"][0] == "worker"
        for queue in service["command"][2].split(",")
    ]

    assert sorted(served) == sorted(set(QUEUES.values()))


def test_every_lasting_service_has_a_health_check_but_beat() -> None:
    without = {name for name, s in COMPOSE["services"].items() if "healthcheck" not in s}

    assert without == {"migrate", "beat"}


def test_health_checks_of_ours_are_commands_that_exist() -> None:
    commands = get_command(app).commands
    probes = {
        name: service["healthcheck"]["test"]
        for name, service in OURS.items()
        if "app.cli" in service.get("healthcheck", {}).get("test", [])
    }

    assert {name: words[4] in commands for name, words in probes.items()} == {
        "web": True,
        "gateway": True,
        "admin": True,
    }


def test_no_secret_stands_in_the_file() -> None:
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    secret_lines = [
        line.strip()
        for line in text.splitlines()
        if re.search(r"(SECRET_KEY|PASSWORD):", line) and not line.lstrip().startswith("#")
    ]

    assert [line for line in secret_lines if "${" not in line or ":?" not in line] == []


def test_every_volume_is_declared() -> None:
    used = {
        mount.split(":")[0]
        for service in COMPOSE["services"].values()
        for mount in service.get("volumes", [])
    }

    assert used == set(COMPOSE["volumes"])


def test_the_image_installs_the_lock_file_and_enters_the_command_line() -> None:
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()

    assert 'ENTRYPOINT ["python", "-m", "app.cli"]' in lines
    assert "RUN pip install --no-cache-dir -r requirements.lock" in lines
    assert "USER samvad" in lines


def test_the_example_names_every_setting_with_its_default() -> None:
    example = env_example()
    defaults = {
        name.upper(): field.default
        for name, field in Settings.model_fields.items()
        if name != "log_json"
    }

    assert set(example) == VARIABLES | FOR_COMPOSE_ONLY
    assert {name: example[name] for name in defaults} == {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in defaults.items()
    }
