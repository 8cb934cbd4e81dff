"""The Drasi engine behind a pipe: NDJSON in on stdin, NDJSON out on stdout.

In, one JSON object a line, the first one is "start":
  {"kind":"start","source":ID,"queries":[{"id":ID,"cypher":TEXT,"probe":{"labels":[],"properties":{}}}],"token":TEXT}
  {"kind":"element","element":{"id":ID,"labels":[],"properties":{},"startId"?:ID,"endId"?:ID}}   an upsert;
                                       each id once, and it may wait for the next line of another kind
  {"kind":"change","change":{"op":"i|u|d",...,"payload":{"before"|"after":{element}}}}           Drasi's wire form
  {"kind":"listen"}                    results are reported from here on
  {"kind":"mark","id":N}               answered when every query is through with all before it
  {"kind":"results","id":N,"query":ID} answered with the query's rows

Out:
  {"kind":"started"}
  {"kind":"result","query":ID,"type":"ADD|UPDATE|DELETE","before":ROW|null,"after":ROW|null}
  {"kind":"mark","id":N}
  {"kind":"results","id":N,"rows":[ROW]}
  {"kind":"failed","message":TEXT}     the last line

The end of stdin ends the process, so it does not outlive what started it.

How a mark is exact: the engine does not say when a query is through with a change. Each query therefore comes with a
probe, an element that only this query matches and whose row holds the token. A mark inserts and deletes the probe and
waits for both results of each query; a query works in order, so everything before is done. Rows with the token are
never reported.
"""

import asyncio
import json
import os
import signal
import sys
import threading

LONGEST_LINE = 8 * 1024 * 1024
PROBE_SECONDS = 120
SIDE_BY_SIDE = 256
OPS = {"i": "insert", "u": "update", "d": "delete"}


def claim_stdout():
    """The engine logs to stdout: keep the pipe for the protocol, and let everything else go to stderr."""
    pipe = os.dup(1)
    os.dup2(2, 1)
    return pipe


class Output:
    """Whole lines, from any thread. Blocks when the reader is slow, which slows the engine down in turn."""

    def __init__(self, pipe):
        self.pipe = pipe
        self.lock = threading.Lock()

    def send(self, message):
        data = memoryview((json.dumps(message, separators=(",", ":")) + "\n").encode("ascii"))
        with self.lock:
            try:
                while data:
                    data = data[os.write(self.pipe, data) :]
            except OSError:
                os._exit(0)  # nobody is left to tell


class Query:
    """One continuous query: reports its results, and counts those of its probe."""

    def __init__(self, definition, token, output):
        self.id = definition["id"]
        self.cypher = definition["cypher"]
        self.probe = definition["probe"]
        self.token = token
        self.output = output
        self.listening = False
        self.groups = set()
        self.probed = threading.Semaphore(0)

    def on_results(self, event):
        """Called by the engine on a thread of this query alone, in order."""
        for result in event["results"]:
            kind = result["type"]
            before, after = result.get("before"), result.get("after")
            if kind == "ADD":
                before, after = None, result.get("data")
            elif kind == "DELETE":
                before, after = result.get("data"), None
            elif kind == "aggregation":
                # A group's first result has a "before" of zeros: only its signature tells that it is new.
                signature = result.get("row_signature")
                kind = "UPDATE" if signature in self.groups else "ADD"
                self.groups.add(signature)
                before = before if kind == "UPDATE" else None
            elif kind != "UPDATE":
                continue
            if self.is_probe(before) or self.is_probe(after):
                self.probed.release()
            elif self.listening:
                self.output.send(
                    {"kind": "result", "query": self.id, "type": kind, "before": before, "after": after}
                )

    def is_probe(self, row):
        return isinstance(row, dict) and self.token in row.values()


class Bridge:
    def __init__(self, drasi, start, output):
        self.drasi = drasi
        self.source = start["source"]
        self.output = output
        self.queries = [Query(query, start["token"], output) for query in start["queries"]]
        self.elements = []

    async def start(self):
        await self.drasi.start()
        await self.drasi.add_python_source(self.source)
        for query in self.queries:
            await self.drasi.add_query(query.id, query.cypher, [self.source])
            await self.drasi.wait_for_query(query.id)
            await self.drasi.add_python_reaction(f"report-{query.id}", [query.id], query.on_results)
        self.output.send({"kind": "started"})

    async def push(self, op, element):
        change = {
            "op": OPS[op],
            "id": element["id"],
            "labels": element["labels"],
            "properties": element.get("properties") or {},
        }
        if "startId" in element:
            change["start_id"] = element["startId"]
            change["end_id"] = element["endId"]
        await self.drasi.push_change(self.source, change)

    async def push_elements(self):
        """Side by side, which takes half the time: a bootstrap has each id once, so their order means nothing."""
        elements, self.elements = self.elements, []
        await asyncio.gather(*(self.push("u", element) for element in elements))

    async def handle(self, message):
        kind = message["kind"]
        if kind == "element":
            self.elements.append(message["element"])
            if len(self.elements) == SIDE_BY_SIDE:
                await self.push_elements()
            return
        if self.elements:
            await self.push_elements()
        if kind == "change":
            change = message["change"]
            payload = change["payload"]
            await self.push(change["op"], payload.get("after") or payload["before"])
        elif kind == "listen":
            for query in self.queries:
                query.listening = True
        elif kind == "mark":
            for query in self.queries:
                probe = {"id": f"{query.token}:{query.id}", **query.probe}
                await self.push("u", probe)
                await self.push("d", probe)
            for query in self.queries:
                for _ in range(2):
                    if not await asyncio.to_thread(query.probed.acquire, timeout=PROBE_SECONDS):
                        raise TimeoutError(f"query {query.id} did not answer its probe in {PROBE_SECONDS} s")
            self.output.send({"kind": "mark", "id": message["id"]})
        elif kind == "results":
            rows = await self.drasi.get_query_results(message["query"])
            token = self.queries[0].token
            rows = [row for row in rows if token not in row.values()]
            self.output.send({"kind": "results", "id": message["id"], "rows": rows})
        else:
            raise ValueError(f"unknown kind {kind!r}")


async def run(output):
    from drasi import Drasi

    reader = asyncio.StreamReader(limit=LONGEST_LINE)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    bridge = None
    while line := await reader.readline():
        message = json.loads(line)
        if bridge is None:
            bridge = Bridge(await Drasi.create("drasi-kusto-quickstart"), message, output)
            await bridge.start()
        else:
            await bridge.handle(message)


def main():
    output = Output(claim_stdout())
    # Ctrl-C reaches every process of a terminal: the parent decides when this one ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.setdefault("RUST_LOG", "error")
    code = 0
    try:
        asyncio.run(run(output))
    except BaseException as error:  # whatever it is, the parent has to hear of it
        output.send({"kind": "failed", "message": f"{type(error).__name__}: {error}"})
        code = 1
    # The engine's threads and its index in memory need no farewell.
    os._exit(code)


if __name__ == "__main__":
    main()
