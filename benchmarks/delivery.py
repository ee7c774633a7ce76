#!/usr/bin/env python3
"""From the station's log to the centre's database: a backlog of one station through station-uplink, mosquitto and
station-collector; many stations' batches and signatures from the broker into SQLite and PostgreSQL, beside a publisher
that waits for each record's PUBACK and commits it; and one swipe at a time, from the card to the row.

Programs, brokers and databases are the real ones, all on this machine."""

import argparse
import hashlib
import json
import pathlib
import socket
import statistics
import subprocess
import threading
import time

from delivery_programs import HERE, Control, Mqtt, Place, Postgresql, Sqlite

PER_BATCH = 100  # records


def document(seq):
    return {"boot": "000000000000b007", "door": "front", "epoch": 7, "group": "couriers", "mono_ns": seq * 977000000,
            "outcome": "welcome", "reader": "front-in", "seq": seq, "time": 1790000000000 + seq * 977, "trusted": True,
            "type": "entered", "visit": f"{seq:016x}", "commitment": f"{seq:064x}"}


def text_of(value):
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def measure_backlog(records, rate):
    with Place() as place:
        place.settle_station(rate)
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
        return {"records": records, "seconds_to_first": first - begin, "seconds": took, "per_second": records / took,
                "bytes_per_record": sent / records, **place.verify()}


def write_feed(place, station, batches):
    """Its batches into a file, and what it says in its state of what it has signed: ten times on the way."""
    key, text = place.home / f"key{station}", place.home / "text"
    place.run("openssl", "genpkey", "-algorithm", "ed25519", "-out", key)
    public = subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-outform", "DER"], check=True,
                            capture_output=True).stdout[-32:]
    link = hashlib.sha256(f"yizhan log v1\ns{station}\n7".encode()).digest()
    states = []
    with open(place.home / f"feed{station}", "w", encoding="utf-8") as feed:
        for batch in range(1, batches + 1):
            records = [document(seq) for seq in range((batch - 1) * PER_BATCH + 1, batch * PER_BATCH + 1)]
            feed.write(text_of({"epoch": 7, "records": records}) + "\n")
            for record in records:
                link = hashlib.sha256(link + text_of(record).encode()).digest()
            if batch * 10 // batches == (batch - 1) * 10 // batches:
                continue
            seq = batch * PER_BATCH
            text.write_bytes(b"yizhan checkpoint v1\n" + (7).to_bytes(4, "big") + seq.to_bytes(8, "big") + link)
            sign = ["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", key, "-in", text]
            signature = subprocess.run(sign, check=True, capture_output=True).stdout
            checkpoint = {"epoch": 7, "seq": seq, "hash": link.hex(), "key": public.hex(), "signature": signature.hex()}
            states.append(text_of({"log": {"epoch": 7, "stored": seq, "checkpoint": checkpoint}}))
    return states


def publish_states(place, states):
    """Of all stations, each twice a second, as stations do that are busy."""
    connection = Mqtt(place.port, "states")
    for of_all in zip(*states):
        for station, state in enumerate(of_all):
            connection.publish(f"yizhan/v1/s{station}/state", state)
        time.sleep(0.5)


def measure_fleet(kind, stations, batches):
    with Place() as place:
        database = kind(place)
        place.start_collector(database.address)
        states = [write_feed(place, station, batches) for station in range(stations)]
        total = stations * batches * PER_BATCH
        begin = time.monotonic()
        for station in range(stations):
            with open(place.home / f"feed{station}", encoding="utf-8") as feed:
                place.start("mosquitto_pub", "-h", "127.0.0.1", "-p", str(place.port), "-q", "1", "-l", "-t",
                            f"yizhan/v1/s{station}/event", stdin=feed)
        signing = threading.Thread(target=publish_states, args=(place, states))
        signing.start()
        place.wait(lambda: database.count() >= total, pause=0.1)
        took = time.monotonic() - begin
        signing.join()
        time.sleep(1)  # what was signed last is compared
        checked = place.verify()
        insert, connection, some = database.naive(), Mqtt(place.port, "naive"), 300
        begin = time.monotonic()
        for seq in range(some):
            text = text_of(document(seq))
            connection.publish("naive", text)
            insert(text)
        return {"records": total, "per_second": total / took, **checked,
                "naive_per_second": some / (time.monotonic() - begin)}


def measure_swipes(kind, swipes):
    with Place() as place:
        place.settle_station()
        database = kind(place)
        place.start_collector(database.address)
        place.start_station()
        place.start(HERE / "station-uplink", "station.toml")
        place.wait(lambda: database.count() > 0)
        time.sleep(8)  # what came with the start is there, and the spread after a connection is over
        station, ask = Control(place.home / "run/control.sock"), database.session()
        granted = "FROM record WHERE station = 'demo' AND type = 'granted'"
        took, delivered = [], []
        for number in range(1, swipes + 1):
            begin = time.time()
            station.card("present", card="driver")
            place.wait(lambda: ask(f"SELECT count(*) {granted}") >= number, pause=0.001)
            end = time.time()
            took.append((end - begin) * 1000)
            delivered.append(end * 1000 - ask(f"SELECT max(time) {granted}"))
            station.card("remove")
            time.sleep(1.5)  # until the reader knows that the card is gone
        return {"swipes": swipes, "card_to_row_ms": percentiles(took), "decision_to_row_ms": percentiles(delivered)}


def percentiles(values):
    values.sort()
    return {"p50": statistics.median(values), "p99": values[int(len(values) * 0.99)]}


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
    parser.add_argument("--batches", type=int, default=500, help="of each of ten stations; at least 10")
    parser.add_argument("--swipes", type=int, default=200)
    parser.add_argument("--idle", type=int, default=10, help="minutes an idle station is watched; 0: not at all")
    parser.add_argument("--only-idle", action="store_true", help="nothing else")
    options = parser.parse_args()
    result = {}
    if options.idle:
        result["idle_bytes_a_day"] = measure_idle(options.idle)
        print(f"an idle station, {options.idle} minutes: {result['idle_bytes_a_day'] / 1000:.1f} kB of MQTT a day, "
              "both ways")
    if options.only_idle:
        return
    for name, rate in (("backlog", 1_000_000), ("backlog_at_default_rate", None)):
        one = result[name] = measure_backlog(options.records, rate)
        print(f"a backlog of {one['records']} records of one station, catch_up_rate {rate or 'as shipped'}: "
              f"{one['seconds']:.0f} s after the first batch, {one['per_second']:.0f} records a second, "
              f"{one['bytes_per_record']:.0f} bytes a record on the wire; verified: {one['verified']}, in "
              f"{one['verify_seconds']:.1f} s")
    for kind in (Sqlite, Postgresql):
        fleet = result[kind.name] = measure_fleet(kind, 10, options.batches)
        print(f"from the broker into {kind.name}, {fleet['records']} records of ten stations: "
              f"{fleet['per_second']:.0f} a second, then every hash and signature verified: {fleet['verified']}, in "
              f"{fleet['verify_seconds']:.1f} s; beside {fleet['naive_per_second']:.0f} a second published, "
              "acknowledged and committed one by one")
    for kind in (Sqlite, Postgresql):
        swipe = result[kind.name]["swipe"] = measure_swipes(kind, options.swipes)
        whole, rest = swipe["card_to_row_ms"], swipe["decision_to_row_ms"]
        print(f"{options.swipes} swipes, from a card on the reader to its row in {kind.name}: p50 {whole['p50']:.0f} "
              f"ms, p99 {whole['p99']:.0f} ms; of that from the decision, when the card is read, to the row: p50 "
              f"{rest['p50']:.0f} ms, p99 {rest['p99']:.0f} ms")
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
