"""The deploy rehearsal itself, run by scripts/rehearsal.sh when the emulator and the sandbox's stand-ins are up.

    rehearsal.py BUILD_FOLDER ENV_FILE

Deploys the template, fills in the secret, connects Telegram, and lets a person buy a month. The sandbox only stands in for
the outside here: what its people do is fetched from its Bot API and given to the deployed API, as Telegram would.

What the emulator leaves out (seen with ministack 1.4): it ignores point-in-time recovery, TTL and redrive policies of the
template, puts punctuation into the generated secret, names no message group in queue events, starts a function anew for every
event, and keeps /health for itself unless the path of the API is used.
"""

import base64
import json
import os
import pathlib
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import boto3

STACK = "2getpro-rehearsal"
STAGE = "rehearsal"
BUCKET = "artefacts"
SECRETS = ["BOT_TOKEN", "WEBHOOK_SECRET_TOKEN", "PANEL_API_KEY", "PANEL_WEBHOOK_SECRET", "YOOKASSA_SECRET_KEY"]
PARAMETERS = {
    "BotUsername": "BOT_USERNAME",
    "TelegramApiUrl": "TELEGRAM_API_URL",
    "PanelApiUrl": "PANEL_API_URL",
    "YookassaApiUrl": "YOOKASSA_API_URL",
    "YookassaEnabled": "YOOKASSA_ENABLED",
    "YookassaShopId": "YOOKASSA_SHOP_ID",
    "YookassaDefaultReceiptEmail": "YOOKASSA_DEFAULT_RECEIPT_EMAIL",
    "UserSquadUuids": "USER_SQUAD_UUIDS",
}
"""Parameters of the template and the sandbox's settings that fill them."""
JOHN = 500_002
"""One of the sandbox's people; reads English."""
PATIENCE = 90
"""Seconds within which each thing has to happen."""


def say(what: str) -> None:
    print(f"{time.monotonic() - BEGUN:6.1f} s  {what}", flush=True)


def read_settings(path: str) -> dict[str, str]:
    lines = pathlib.Path(path).read_text().splitlines()
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return {name: value.strip("'") for name, value in pairs}


def http(method: str, url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    if body is not None:
        request.add_header("content-type", "application/json")
    try:
        with urllib.request.build_opener(NoRedirect).open(request, timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read()


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """The payment page sends the buyer to the API's real address, which does not exist here."""

    def redirect_request(self, *_):
        return None


def until(what: str, look):
    """Waits for `look` to answer something."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.2)
    sys.exit(f"waited {PATIENCE} s in vain: {what}")


# ---------------------------------------------------------------- deployment


def point_at_artefacts(build: pathlib.Path) -> None:
    """`sam build` does this: each CodeUri becomes the folder that holds the function's bootstrap."""
    template = build / "template.yaml"
    text = template.read_text()
    assert text.count("CodeUri: functions/") == len(list((build / "functions").iterdir()))
    template.write_text(text.replace("CodeUri: functions/", f"CodeUri: {build}/functions/"))


def deploy(build: pathlib.Path, settings: dict[str, str]) -> dict[str, str]:
    region = os.environ["AWS_DEFAULT_REGION"]
    boto3.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": region})
    overrides = [f"{name}={settings[key]}" for name, key in PARAMETERS.items() if settings.get(key)]
    # Everything calls from this machine's own address here.
    overrides += [f"StageName={STAGE}", "Architecture=x86_64", "YookassaCheckIp=false"]
    command = ["sam", "deploy", "--template", "template.yaml", "--stack-name", STACK, "--s3-bucket", BUCKET]
    command += ["--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND", "--no-progressbar", "--no-confirm-changeset"]
    done = subprocess.run([*command, "--parameter-overrides", *overrides], cwd=build, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"sam deploy failed:\n{done.stdout[-4000:]}\n{done.stderr[-2000:]}")
    stack = boto3.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    resources = boto3.client("cloudformation").describe_stack_resources(StackName=STACK)["StackResources"]
    say(f"sam deploy: {len(resources)} resources, {stack['StackStatus']}")
    return outputs


def fill_secret(outputs: dict[str, str], settings: dict[str, str]) -> None:
    secret = json.dumps({name: settings[name] for name in SECRETS})
    boto3.client("secretsmanager").put_secret_value(SecretId=outputs["SecretArn"], SecretString=secret)
    say("secret filled in")


class Api:
    """The deployed HTTP API, by the path that the emulator gives it."""

    def __init__(self):
        ours = [api for api in boto3.client("apigatewayv2").get_apis()["Items"] if api["Name"] == f"2getpro-{STAGE}"]
        self.base = f"{os.environ['AWS_ENDPOINT_URL']}/_aws/execute-api/{ours[0]['ApiId']}/$default"

    def call(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None):
        return http(method, self.base + path, body, headers)


# ---------------------------------------------------------------- the outside


class Telegram:
    """What lies between the stand-in of the Bot API and the deployed webhook."""

    def __init__(self, api: Api, settings: dict[str, str]):
        self.api, self.secret = api, settings["WEBHOOK_SECRET_TOKEN"]
        self.base = f"{settings['TELEGRAM_API_URL']}/bot{settings['BOT_TOKEN']}"
        self.delivered = 0
        self.refused: list[str] = []

    def method(self, name: str, parameters: dict) -> dict:
        return json.loads(http("POST", f"{self.base}/{name}", json.dumps(parameters).encode())[1])

    def set_webhook(self, command: str, settings: dict[str, str]) -> None:
        """The command from the stack's outputs; afterwards updates are fetched again, since nobody serves its https address."""
        done = subprocess.run(["bash", "-c", command], env=os.environ | settings, capture_output=True, text=True)
        if not json.loads(done.stdout or "{}").get("ok"):
            sys.exit(f"SetWebhook: {done.stdout} {done.stderr}")
        known = self.method("getWebhookInfo", {})["result"]
        self.method("deleteWebhook", {})
        say(f"SetWebhook: Telegram would post {', '.join(known['allowed_updates'])} to {known['url']}")

    def carry(self) -> None:
        """Carries updates to the webhook and its answers back, forever."""
        offset = 0
        while True:
            answer = self.method("getUpdates", {"offset": offset, "timeout": 20})
            for update in answer.get("result", []):
                self.deliver(update)
                offset = update["update_id"] + 1

    def deliver(self, update: dict) -> None:
        headers = {"x-telegram-bot-api-secret-token": self.secret}
        status, body = self.api.call("POST", "/webhook/telegram", json.dumps(update).encode(), headers)
        if status != 200:
            self.refused.append(f"{status} {body.decode(errors='replace')} to {json.dumps(update)}")
            return
        self.delivered += 1
        if body:
            parameters = json.loads(body)
            done = self.method(parameters.pop("method"), parameters)
            if not done["ok"]:
                self.refused.append(f"{done} to {body.decode()}")


class Person:
    """Somebody with a phone, moved through the requests of the sandbox's page."""

    def __init__(self, settings: dict[str, str], telegram: Telegram):
        self.base = settings["TELEGRAM_API_URL"].removesuffix("/telegram")
        self.telegram = telegram

    def ui(self, method: str, path: str, body: dict | None = None) -> dict:
        data = None if body is None else json.dumps(body).encode()
        status, answer = http(method, f"{self.base}/ui/{path}", data, {"x-sandbox": "1"})
        if status != 200:
            sys.exit(f"/ui/{path}: {status} {answer!r}")
        return json.loads(answer)

    def state(self) -> dict:
        if self.telegram.refused:
            sys.exit("\n".join(self.telegram.refused))
        return self.ui("GET", f"state?user={JOHN}")

    def messages(self) -> list[dict]:
        return [message for message in self.state()["chat"]["messages"] if message["from_bot"]]

    def say(self, text: str) -> None:
        self.ui("POST", "say", {"user": JOHN, "text": text})

    def button(self, label: str) -> tuple[int, dict] | None:
        for message in reversed(self.messages()):
            for button in sum(message["buttons"], []):
                if label in button["text"]:
                    return message["id"], button
        return None

    def wait_for(self, label: str) -> tuple[int, dict]:
        return until(f"a button {label!r}", lambda: self.button(label))

    def press(self, label: str) -> None:
        message, button = self.wait_for(label)
        self.ui("POST", "press", {"user": JOHN, "message": message, "data": button["value"]})

    def reads(self, part: str) -> str:
        def newest():
            return next((m["text"] for m in reversed(self.messages()) if part in m["text"]), None)

        return until(f"a message with {part!r}", newest)


def pay(person: Person, api: Api, settings: dict[str, str]) -> str:
    """The buyer pays on YooKassa's page; YooKassa posts its notification to the API."""
    _, button = person.wait_for("Pay")
    page = button["value"]
    if http("GET", page)[0] != 200:
        sys.exit(f"no payment page at {page}")
    status, answer = http("POST", f"{page}/pay", b"")
    if status not in (302, 303):
        sys.exit(f"paying: {status} {answer!r}")
    payment = page.rsplit("/", 1)[1]
    key = base64.b64encode(f"{settings['YOOKASSA_SHOP_ID']}:{settings['YOOKASSA_SECRET_KEY']}".encode()).decode()
    _, body = http("GET", f"{settings['YOOKASSA_API_URL']}/payments/{payment}", None, {"authorization": f"Basic {key}"})
    notification = {"type": "notification", "event": "payment.succeeded", "object": json.loads(body)}
    posted = json.dumps(notification).encode()
    status, answer = api.call("POST", "/webhook/yookassa", posted)
    if status != 200:
        sys.exit(f"POST /webhook/yookassa answered {status}: {answer!r}")
    say(f"paid {notification['object']['amount']['value']} RUB; the notification was taken")
    again, _ = api.call("POST", "/webhook/yookassa", posted)
    if again != 200:
        sys.exit(f"the same notification again: {again}")
    return payment


def stored(outputs: dict[str, str]) -> dict[str, int]:
    """How many events of each kind the person has."""
    condition = {":pk": {"S": f"USER#{JOHN}"}, ":sk": {"S": "EVENT#"}}
    expression = "PK = :pk AND begins_with(SK, :sk)"
    table = boto3.client("dynamodb")
    found = table.query(TableName=outputs["TableName"], KeyConditionExpression=expression, ExpressionAttributeValues=condition)
    kinds = [item["kind"]["M"]["kind"]["S"] for item in found["Items"]]
    return {kind: kinds.count(kind) for kind in kinds}


def buy(api: Api, outputs: dict[str, str], settings: dict[str, str]) -> None:
    telegram = Telegram(api, settings)
    telegram.set_webhook(outputs["SetWebhook"], settings)
    threading.Thread(target=telegram.carry, daemon=True).start()
    john = Person(settings, telegram)
    john.say("/start")
    john.wait_for("Buy")
    say("/start: the menu is there")
    john.press("Buy")
    john.press("1 month")
    john.press("Card or SBP")
    payment = pay(john, api, settings)
    message = john.reads("https://sub.sandbox.example/")
    say(f"message: {' / '.join(line for line in message.splitlines() if line)}")
    account = next(user for user in john.state()["panel"] if user["username"] == f"tg_{JOHN}_1")
    say(f"panel: {account['username']} is {account['status']} until {account['until']}")
    events = stored(outputs)
    say(f"table: {events}; {telegram.delivered} updates delivered")
    if events.get("credited") != 1 or events.get("provisioned") != 1:
        sys.exit(f"one credit and one delivery are expected for {payment}")


def nothing_is_left(outputs: dict[str, str]) -> None:
    sqs = boto3.client("sqs")
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]

    def left() -> dict[str, int]:
        queues = [(key, value) for key, value in outputs.items() if key.endswith("Url") and re.search(r"/\d+/", value)]
        counts = {key: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"] for key, url in queues}
        return {key: sum(int(value) for value in count.values()) for key, count in counts.items()}

    counts = until("empty queues", lambda: (found := left()) and not any(found.values()) and found)
    say(f"nothing is left in {len(counts)} queues")


def main() -> None:
    build, env_file = sys.argv[1:]
    settings = read_settings(env_file)
    point_at_artefacts(pathlib.Path(build))
    outputs = deploy(pathlib.Path(build), settings)
    fill_secret(outputs, settings)
    api = Api()
    status, answer = api.call("GET", "/health")
    if status != 200 or not json.loads(answer)["ok"]:
        sys.exit(f"GET /health answered {status}: {answer!r}")
    say(f"GET /health: {answer.decode()}")
    buy(api, outputs, settings)
    nothing_is_left(outputs)
    say("rehearsed")


BEGUN = time.monotonic()
if __name__ == "__main__":
    main()
