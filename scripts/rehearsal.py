"""The deploy rehearsal itself, run by scripts/rehearsal.sh when the emulator and the sandbox's stand-ins are up.

    rehearsal.py BUILD_FOLDER ENV_FILE

What the emulator leaves out (seen with ministack 1.4): it ignores point-in-time recovery, TTL and redrive policies of the
template, puts punctuation into the generated secret, names no message group in queue events, and keeps /health for itself.
"""

import json
import os
import pathlib
import subprocess
import sys
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
    "YookassaShopId": "YOOKASSA_SHOP_ID",
    "UserSquadUuids": "USER_SQUAD_UUIDS",
}
"""Parameters of the template and the sandbox's settings that fill them."""


def say(what: str) -> None:
    print(f"{time.monotonic() - BEGUN:6.1f} s  {what}", flush=True)


def read_settings(path: str) -> dict[str, str]:
    lines = pathlib.Path(path).read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


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
    overrides += [f"StageName={STAGE}", "Architecture=x86_64", "YookassaCheckIp=false", "YookassaTestMode=true"]
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
        request = urllib.request.Request(self.base + path, data=body, method=method, headers=headers or {})
        if body is not None:
            request.add_header("content-type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read()


def main() -> None:
    build, env_file = sys.argv[1:]
    settings = read_settings(env_file)
    point_at_artefacts(pathlib.Path(build))
    outputs = deploy(pathlib.Path(build), settings)
    fill_secret(outputs, settings)
    api = Api()
    status, answer = api.call("GET", "/health")
    if status != 200:
        sys.exit(f"GET /health answered {status}: {answer!r}")
    say(f"GET /health: {answer.decode()}")


BEGUN = time.monotonic()
if __name__ == "__main__":
    main()
