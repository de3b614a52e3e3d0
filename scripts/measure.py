"""Measures start-up of the functions: a Runtime API of our own starts each binary as Lambda would and hands it its sample
event; time is wall time, instructions are counted by callgrind. Writes a table into docs/performance.md between markers.

    measure.py ENV_FILE BINARY_FOLDER FUNCTION...
"""

import http.server
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import sample

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- start-up: begin -->", "<!-- start-up: end -->"
STARTS = 21
"""Starts per function for the wall times; the median is shown."""
LATER_CALLS = 100
"""Calls after the first one, over which the instructions of a warm call are averaged."""
PATIENCE = 120
"""Seconds to wait for a binary before giving up; under callgrind everything takes fifty times as long."""


class RuntimeApi:
    """One life of one function: serves `calls` invocations, then lets the function wait. Without calls, it ends with INIT."""

    def __init__(self, event: bytes, calls: int):
        self.event, self.calls = event, calls
        self.asked_at = None
        self.served_at = None
        self.given = 0
        self.answered = 0
        self.failure = None
        self.done = threading.Event()
        self.stop = threading.Event()
        api = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # A small answer must not wait for the acknowledgement of the one before it.
            disable_nagle_algorithm = True

            def log_message(self, *_):
                pass

            def do_GET(self):
                api.asked_at = api.asked_at or time.perf_counter()
                if api.given == api.calls:
                    if api.calls == 0:
                        api.done.set()
                    api.stop.wait()
                    return
                api.given += 1
                self.send_response(200)
                self.send_header("Lambda-Runtime-Aws-Request-Id", f"00000000-0000-4000-8000-{api.given:012d}")
                self.send_header("Lambda-Runtime-Deadline-Ms", str(int(time.time() * 1000) + 900_000))
                self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-central-1:000000000000:function:measured")
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(api.event)))
                self.end_headers()
                self.wfile.write(api.event)

            def do_POST(self):
                body = self.read_body()
                if not self.path.endswith("/response"):
                    api.failure = body.decode(errors="replace")
                    api.done.set()
                else:
                    api.served_at = api.served_at or time.perf_counter()
                    api.answered += 1
                self.send_response(202)
                self.send_header("Content-Length", "0")
                self.end_headers()
                if api.answered == api.calls:
                    api.done.set()

            def read_body(self):
                if "chunked" not in self.headers.get("Transfer-Encoding", ""):
                    return self.rfile.read(int(self.headers.get("Content-Length", 0)))
                body = b""
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return body

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                """A function that is ended while it waits resets its connection."""

        self.server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def run(self, name: str, command: list[str], settings: dict[str, str]) -> dict:
        """Starts the binary, waits until all calls are answered, ends it. Times are in milliseconds, memory in kilobytes."""
        environment = settings | {
            "PATH": os.environ["PATH"],
            "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:%d" % self.server.server_address[1],
            "AWS_LAMBDA_FUNCTION_NAME": f"2getpro-measured-{name}",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
            "AWS_LAMBDA_LOG_GROUP_NAME": "measured",
            "AWS_LAMBDA_LOG_STREAM_NAME": "measured",
            "AWS_LAMBDA_LOG_FORMAT": "JSON",
            "AWS_LAMBDA_LOG_LEVEL": "INFO",
        }
        with tempfile.TemporaryFile() as output:
            begun = time.perf_counter()
            process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
            deadline = time.monotonic() + PATIENCE
            while not self.done.wait(0.05) and process.poll() is None and time.monotonic() < deadline:
                pass
            memory = peak_memory(process.pid)
            process.terminate()
            process.wait()
            self.stop.set()
            self.server.shutdown()
            self.server.server_close()
            if self.failure or self.answered < self.calls:
                output.seek(0)
                said = output.read().decode(errors="replace")[-3000:]
                sys.exit(f"{name} answered {self.answered} of {self.calls} calls: {self.failure or ''}\n{said}")
        return {
            "init": (self.asked_at - begun) * 1000,
            "served": ((self.served_at or begun) - begun) * 1000,
            "memory": memory,
        }


def peak_memory(pid: int) -> int:
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return 0
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) if "VmHWM" in status else 0


def instructions(name: str, binary: pathlib.Path, settings: dict, event: bytes, calls: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        profile = pathlib.Path(folder) / "callgrind.out"
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={profile}", str(binary)]
        RuntimeApi(event, calls).run(name, command, settings)
        counts = re.findall(r"^(?:summary|totals): (\d+)", profile.read_text(), re.MULTILINE)
        return int(counts[-1])


def measure(name: str, binary: pathlib.Path, settings: dict) -> str:
    event = json.dumps(sample.event(name, settings["PANEL_WEBHOOK_SECRET"])).encode()
    starts = [RuntimeApi(event, 1).run(name, [str(binary)], settings) for _ in range(STARTS)]
    init = instructions(name, binary, settings, event, 0)
    once = instructions(name, binary, settings, event, 1)
    warm = (instructions(name, binary, settings, event, 1 + LATER_CALLS) - once) / LATER_CALLS
    middle = {key: statistics.median(start[key] for start in starts) for key in starts[0]}
    size = binary.stat().st_size / 1e6
    return (
        f"| {name} | {size:.2f} | {middle['init']:.1f} | {middle['served']:.1f} | {init / 1e6:.2f} "
        f"| {once / 1e6:.2f} | {warm / 1e3:.0f} | {middle['memory'] / 1024:.1f} |"
    )


def write_table(rows: list[str]) -> None:
    table = "\n".join(
        [
            BEGIN,
            f"Release builds for x86-64, sample events of `events/`; times are medians of {STARTS} starts. "
            "Aims: 6 MB, 30 ms and 3.5 million instructions until the function asks for its first event.",
            "",
            "| function | size, MB | INIT, ms | first answer after start, ms | instructions of INIT, M "
            "| until first answer, M | per later call, k | peak memory, MB |",
            "|---|---|---|---|---|---|---|---|",
            *rows,
            END,
        ]
    )
    text = DOCUMENT.read_text() if DOCUMENT.exists() else "# Performance\n"
    if BEGIN in text:
        text = text[: text.index(BEGIN)] + table + text[text.index(END) + len(END) :]
    else:
        text = f"{text.rstrip()}\n\n## Start-up and size\n\n{table}\n"
    DOCUMENT.write_text(text)


def main() -> None:
    env_file, folder, *names = sys.argv[1:]
    lines = pathlib.Path(env_file).read_text().splitlines()
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    settings = {name: value.strip("'") for name, value in pairs}
    rows = []
    for name in names:
        rows.append(measure(name, pathlib.Path(folder) / name, settings))
        print(rows[-1], flush=True)
    write_table(rows)


if __name__ == "__main__":
    main()
