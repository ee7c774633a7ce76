"""What bench_delivery measures and measures with: a place with a broker, station and collector, the databases, and one
connection each to a broker, a station and a database."""

import glob
import itertools
import json
import os
import pathlib
import re
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
CONFIG = pathlib.Path("config/stations").resolve()  # run from the top of the source tree


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Place:
    """A directory, a broker and whatever else runs; all go at the end."""

    def __init__(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="yizhan-delivery-"))
        self.home.chmod(0o755)
        self.port = free_port()
        self.running = []
        (self.home / "run").mkdir()
        (self.home / "mosquitto.conf").write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence false\n"
            "max_inflight_messages 1000\nmax_queued_messages 0\nsys_interval 1\n", encoding="utf-8")
        self.start(shutil.which("mosquitto") or "/usr/sbin/mosquitto", "-c", "mosquitto.conf")
        self.wait(lambda: self.listens(self.port))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in reversed(self.running):
            process.kill()  # PostgreSQL would wait for its clients, and nothing here is to be kept
            process.wait()
        shutil.rmtree(self.home, ignore_errors=True)

    @staticmethod
    def listens(port):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    @staticmethod
    def wait(condition, seconds=900.0, pause=0.02):
        until = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > until:
                raise SystemExit("waited in vain")
            time.sleep(pause)

    def start(self, *command, **options):
        with open(self.home / "log", "a", encoding="utf-8") as log:
            process = subprocess.Popen(command, cwd=self.home, stdout=log, stderr=log, **options)
        self.running.append(process)
        return process

    def run(self, *command, **options):
        return subprocess.run(command, cwd=self.home, check=True, capture_output=True, text=True, **options).stdout

    def settle_station(self, rate=None):
        """With the catch_up_rate a station has by itself, or another."""
        uplink = f'port = {self.port}\ndelivery = "collector"' + (f"\ncatch_up_rate = {rate}" if rate else "")
        settings = re.sub(r"(?m)^port = \d+", uplink, (CONFIG / "demo.toml").read_text(encoding="utf-8"))
        (self.home / "station.toml").write_text(settings, encoding="utf-8")
        secret = self.home / "secret"
        secret.write_bytes(os.urandom(32))
        secret.chmod(0o600)
        key = ["--station", "demo", "--secret", "secret"]
        self.run(HERE / "stationctl", "key", "derive", *key, "--out", "run/station.key")
        (self.home / "members.csv").write_text(self.run(HERE / "stationd-demo", "--members-csv"), encoding="utf-8")
        self.run(HERE / "stationctl", "members", "build", *key, "members.csv", "run/members.list")

    def start_station(self):
        self.start(HERE / "stationd-demo", "station.toml")
        self.wait(lambda: subprocess.run([HERE / "stationctl", "--socket", "run/control.sock", "status"], cwd=self.home,
                                         capture_output=True, check=False).returncode in (0, 5))

    def start_collector(self, database):
        (self.home / "collector.toml").write_text(
            f'[collector]\nname = "bench"\ndatabase = "{database}"\nmetrics_port = 0\n'
            f'[broker]\nhost = "127.0.0.1"\nport = {self.port}\nplaintext = true\n', encoding="utf-8")
        self.start(HERE / "station-collector", "--settings", "collector.toml", "run")
        self.wait(lambda: "connected" in (self.home / "log").read_text(encoding="utf-8"))

    def verify(self):
        """Whether all is there as it was sent and signed, and the seconds it took to find out."""
        begin = time.monotonic()
        done = subprocess.run([HERE / "station-collector", "--settings", "collector.toml", "verify"], cwd=self.home,
                              capture_output=True, text=True, check=False)
        return {"verified": done.returncode == 0, "verify_seconds": time.monotonic() - begin}


class Mqtt:
    """One connection by MQTT 3.1.1, which publishes at QoS 1 and waits for each PUBACK."""

    def __init__(self, port, name):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.ids = itertools.cycle(range(1, 65536))
        self.ask(0x10, self.text("MQTT") + bytes([4, 2, 0, 0]) + self.text(name))

    @staticmethod
    def text(value):
        return len(value.encode()).to_bytes(2, "big") + value.encode()

    def ask(self, kind, body):
        length, rest = bytearray(), len(body)
        while rest >= 128:
            length.append(rest % 128 + 128)
            rest //= 128
        self.socket.sendall(bytes([kind]) + length + bytes([rest]) + body)
        answer = b""
        while len(answer) < 4:  # CONNACK and PUBACK are as long
            answer += self.socket.recv(4 - len(answer)) or b"gone"
        if answer[0] != (0x20 if kind == 0x10 else 0x40):
            raise SystemExit("the broker does not take it")

    def publish(self, topic, payload):
        self.ask(0x32, self.text(topic) + next(self.ids).to_bytes(2, "big") + payload.encode())


class Control:
    """One connection to stationd-demo's control socket."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))
        self.lines = self.socket.makefile("rw", encoding="utf-8")

    def card(self, action, **more):
        request = {"id": 1, "do": "sim", "target": "card", "name": "front-in", "action": action, **more}
        self.lines.write(json.dumps(request) + "\n")
        self.lines.flush()
        answer = json.loads(self.lines.readline())
        if "error" in answer:
            raise SystemExit(answer)


class Sqlite:
    name = "SQLite"

    def __init__(self, place):
        self.path = place.home / "records.db"
        self.address = f"sqlite:{self.path}"

    def count(self):
        try:
            return self.session()("SELECT coalesce(sum(upto), 0) FROM feed")
        except sqlite3.OperationalError:
            return 0

    def session(self):
        """One connection, which is asked for a number again and again."""
        database = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=20, isolation_level=None)
        return lambda sql: database.execute(sql).fetchone()[0]

    def naive(self):
        database = sqlite3.connect(self.path.with_name("naive.db"), isolation_level=None)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("CREATE TABLE record (document TEXT)")
        return lambda text: database.execute("INSERT INTO record VALUES (?)", (text,))


class Postgresql:
    name = "PostgreSQL"

    def __init__(self, place):
        self.programs = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
        self.home = place.home / "pg"
        self.home.mkdir()
        self.user = {"user": "postgres"} if os.geteuid() == 0 else {}
        if self.user:
            shutil.chown(self.home, "postgres", "postgres")
        place.run(f"{self.programs}/initdb", "-D", self.home / "data", "-A", "trust", "-U", "yizhan", "-N", **self.user)
        place.start(f"{self.programs}/postgres", "-D", self.home / "data", "-k", self.home, "-c", "listen_addresses=",
                    "-c", "max_wal_size=4GB", **self.user)
        self.ask = [f"{self.programs}/psql", "-h", self.home, "-U", "yizhan", "-d", "postgres", "-qAt"]
        place.wait(lambda: self.answer("SELECT 1").returncode == 0)
        self.address = f"postgresql://yizhan@/postgres?host={self.home}"

    def count(self):
        return int(self.answer("SELECT coalesce(sum(upto), 0) FROM feed").stdout or 0)

    def answer(self, sql):
        return subprocess.run([*self.ask, "-c", sql], capture_output=True, text=True, check=False)

    def session(self):
        psql = subprocess.Popen(self.ask, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

        def ask(sql):
            psql.stdin.write(sql + ";\n")
            psql.stdin.flush()
            return int(psql.stdout.readline())

        return ask

    def naive(self):
        ask = self.session()
        ask("CREATE TABLE naive (document TEXT); SELECT 1")
        return lambda text: ask(f"INSERT INTO naive VALUES ('{text}') RETURNING 1")
