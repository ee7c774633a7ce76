#!/usr/bin/env python3
"""From the station's log to the centre's database: a backlog of one station through station-uplink, mosquitto and
station-collector; many stations' batches from the broker into SQLite and PostgreSQL, beside a subscriber that commits each
row and a publisher that waits for each PUBACK; and one swipe at a time, from the card to the row.

Programs, brokers and databases are the real ones, all on this machine."""

import argparse
import glob
import json
import os
import pathlib
import re
import shutil
import socket
import sqlite3
import statistics
import subprocess
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
CONFIG = pathlib.Path("config/stations").resolve()  # run from the top of the source tree
PER_BATCH = 100


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

    def settle_station(self, more=""):
        settings = re.sub(r"(?m)^port = \d+", f'port = {self.port}\ndelivery = "collector"\ncatch_up_rate = 1000000',
                          (CONFIG / "demo.toml").read_text(encoding="utf-8"))
        (self.home / "station.toml").write_text(settings + more, encoding="utf-8")
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


class Sqlite:
    name = "SQLite"

    def __init__(self, place):
        self.path = place.home / "records.db"
        self.address = f"sqlite:{self.path}"

    def count(self):
        try:
            with sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=20) as database:
                return database.execute("SELECT coalesce(sum(upto), 0) FROM feed").fetchone()[0]
        except sqlite3.OperationalError:
            return 0

    def naive(self, place):
        database = sqlite3.connect(place.home / "naive.db", isolation_level=None)
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
        self.ask = [f"{self.programs}/psql", "-h", self.home, "-U", "yizhan", "-d", "postgres", "-qAt", "-c"]
        place.wait(lambda: subprocess.run([*self.ask, "SELECT 1"], capture_output=True, check=False).returncode == 0)
        self.address = f"postgresql://yizhan@/postgres?host={self.home}"

    def count(self):
        done = subprocess.run([*self.ask, "SELECT coalesce(sum(upto), 0) FROM feed"], capture_output=True, text=True,
                              check=False)
        return int(done.stdout or 0)

    def naive(self, place):
        self.psql = subprocess.Popen([*self.ask[:-1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.psql.stdin.write("CREATE TABLE naive (document TEXT);\n")

        def insert(text):
            self.psql.stdin.write("INSERT INTO naive VALUES ('" + text + "') RETURNING 1;\n")
            self.psql.stdin.flush()
            self.psql.stdout.readline()

        return insert


def document(seq):
    return {"boot": "000000000000b007", "door": "front", "epoch": 7, "group": "couriers", "mono_ns": seq * 977000000,
            "outcome": "welcome", "reader": "front-in", "seq": seq, "time": 1790000000000 + seq * 977, "trusted": True,
            "type": "entered", "visit": f"{seq:016x}", "commitment": f"{seq:064x}"}


def text_of(value):
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def measure_backlog(records):
    with Place() as place:
        place.settle_station()
        place.run(HERE / "fill_log", "station.toml", str(records), "run/access.db")
        database = Sqlite(place)
        place.start_collector(database.address)
        place.start_station()
        begin = time.monotonic()
        place.start(HERE / "station-uplink", "station.toml")
        place.wait(lambda: database.count() > 0, pause=0.005)
        first = time.monotonic()
        place.wait(lambda: database.count() >= records, pause=0.2)
        took = time.monotonic() - first
        time.sleep(3)  # the broker counts once a second
        sent = int(place.run("mosquitto_sub", "-h", "127.0.0.1", "-p", str(place.port), "-C", "1", "-t",
                             "$SYS/broker/bytes/received"))
        check = subprocess.run([HERE / "station-collector", "--settings", "collector.toml", "verify"], cwd=place.home,
                               capture_output=True, text=True, check=False)
        return {"records": records, "seconds_to_first": first - begin, "seconds": took, "per_second": records / took,
                "bytes_per_record": sent / records, "verified": check.returncode == 0}


def measure_fleet(kind, stations, batches):
    with Place() as place:
        database = kind(place)
        place.start_collector(database.address)
        for station in range(stations):
            with open(place.home / f"feed{station}", "w", encoding="utf-8") as feed:
                for batch in range(batches):
                    numbers = range(batch * PER_BATCH + 1, (batch + 1) * PER_BATCH + 1)
                    feed.write(text_of({"epoch": 7, "records": [document(seq) for seq in numbers]}) + "\n")
        total = stations * batches * PER_BATCH
        begin = time.monotonic()
        for station in range(stations):
            with open(place.home / f"feed{station}", encoding="utf-8") as feed:
                place.start("mosquitto_pub", "-h", "127.0.0.1", "-p", str(place.port), "-q", "1", "-l", "-t",
                            f"yizhan/v1/s{station}/event", stdin=feed)
        place.wait(lambda: database.count() >= total, pause=0.1)
        took = time.monotonic() - begin
        insert = database.naive(place)
        some = 300
        begin = time.monotonic()
        for seq in range(some):
            # One message, its PUBACK, one row, its commit.
            insert(text_of(document(seq)))
        naive_rows = some / (time.monotonic() - begin)
        return {"database": kind.name, "records": total, "per_second": total / took, "row_by_row_per_second": naive_rows}


def measure_puback(place_records=300):
    with Place() as place:
        command = ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(place.port), "-q", "1", "-t", "naive", "-m",
                   text_of(document(1))]
        begin = time.monotonic()
        for _ in range(place_records):
            place.run(*command)
        return place_records / (time.monotonic() - begin)


def measure_swipes(kind, swipes):
    with Place() as place:
        place.settle_station()
        database = kind(place)
        place.start_collector(database.address)
        place.start_station()
        place.start(HERE / "station-uplink", "station.toml")
        place.wait(lambda: database.count() > 0)
        time.sleep(8)  # what came with the start is there, and the spread after a connection is over
        took = []
        for _ in range(swipes):
            before = database.count()
            begin = time.monotonic()
            place.run(HERE / "stationctl", "--socket", "run/control.sock", "sim", "card", "front-in", "present",
                      "--card", "driver")
            place.wait(lambda: database.count() > before, pause=0.001)
            took.append((time.monotonic() - begin) * 1000)
            time.sleep(0.2)
            place.run(HERE / "stationctl", "--socket", "run/control.sock", "sim", "card", "front-in", "remove")
            time.sleep(6)
        took.sort()
        return {"database": kind.name, "p50_ms": statistics.median(took), "p99_ms": took[int(len(took) * 0.99)]}


class Wire:
    """Between a station and its broker: what passes, both ways, without what TCP adds."""

    def __init__(self, port):
        self.bytes = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, args=(port,), daemon=True).start()

    def accept(self, port):
        while True:
            station, _ = self.listener.accept()
            broker = socket.create_connection(("127.0.0.1", port))
            for one, other in ((station, broker), (broker, station)):
                threading.Thread(target=self.carry, args=(one, other), daemon=True).start()

    def carry(self, one, other):
        while data := one.recv(65536):
            self.bytes += len(data)
            other.sendall(data)
        other.close()


def measure_idle(minutes):
    with Place() as place:
        place.start_collector(Sqlite(place).address)
        wire = Wire(place.port)
        place.port = wire.port
        place.settle_station()
        place.start_station()
        place.start(HERE / "station-uplink", "station.toml")
        time.sleep(150)  # what came with the start is there, sealed and told
        before = wire.bytes
        time.sleep(60 * minutes)
        return (wire.bytes - before) * 24 * 60 / minutes


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", help="also write what was measured to this file")
    parser.add_argument("--records", type=int, default=1_000_000, help="of the backlog")
    parser.add_argument("--swipes", type=int, default=20)
    parser.add_argument("--idle", type=int, default=10, help="minutes an idle station is watched")
    parser.add_argument("--only-idle", action="store_true", help="nothing else")
    options = parser.parse_args()
    result = {"idle_bytes_a_day": measure_idle(options.idle)}
    print(f"an idle station, {options.idle} minutes: {result['idle_bytes_a_day'] / 1000:.1f} kB of MQTT a day, both ways")
    if options.only_idle:
        return
    result["backlog"] = measure_backlog(options.records)
    one = result["backlog"]
    print(f"a backlog of {one['records']} records of one station: {one['seconds']:.0f} s after the first batch, "
          f"{one['per_second']:.0f} records a second, {one['bytes_per_record']:.0f} bytes a record on the wire, "
          f"verified: {one['verified']}")
    for kind in (Sqlite, Postgresql):
        fleet = measure_fleet(kind, 10, 500)
        result[kind.name] = fleet
        print(f"from the broker into {kind.name}, ten stations: {fleet['per_second']:.0f} records a second, beside "
              f"{fleet['row_by_row_per_second']:.0f} where each row is committed")
    for kind in (Sqlite, Postgresql):
        swipe = measure_swipes(kind, options.swipes)
        result[kind.name]["swipe"] = swipe
        print(f"from a card on the reader to its row in {kind.name}: p50 {swipe['p50_ms']:.0f} ms, p99 "
              f"{swipe['p99_ms']:.0f} ms of {options.swipes}; reading the card and starting a program to lay it there is most of it")
    result["puback_per_second"] = measure_puback()
    print(f"a publisher that connects for each record and waits for its PUBACK: {result['puback_per_second']:.0f} a second")
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
