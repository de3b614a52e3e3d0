"""Sample events of events/, made ready for now. The panel signs the moment of sending, so its event is stamped and signed anew.

    sample.py event NAME [SECRET]   the whole event
    sample.py body NAME             only the body, as the sender would post it
    sample.py sign SECRET           signature of what stands on standard input
"""

import datetime
import hmac
import json
import pathlib
import sys

EVENTS = pathlib.Path(__file__).resolve().parent.parent / "events"
PANEL = "panel-webhook"


def sign(secret: str, body: str) -> str:
    return hmac.new(secret.encode(), body.encode(), "sha256").hexdigest()


def event(name: str, panel_secret: str | None = None) -> dict:
    """The sample event; the panel's one is stamped with the present time, and signed if the secret is given."""
    sample = json.loads((EVENTS / f"{name}.json").read_text())
    if name == PANEL:
        body = json.loads(sample["body"])
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        body["timestamp"] = sample["headers"]["x-remnawave-timestamp"] = now
        sample["body"] = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
        if panel_secret:
            sample["headers"]["x-remnawave-signature"] = sign(panel_secret, sample["body"])
    return sample


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["event", name, *secret]:
            print(json.dumps(event(name, *secret)))
        case ["body", name]:
            sys.stdout.write(event(name)["body"])
        case ["sign", secret]:
            print(sign(secret, sys.stdin.read()))
        case _:
            sys.exit(__doc__)
