"""Holds the template's variables against the settings that the functions read: a variable nobody reads, a setting that cannot
be given, a required setting that may be left empty, and a secret under another name are mistakes that would show only after
a deployment.
"""

import json
import pathlib
import re
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
READERS = r"(?:required|required_url|optional|url|flag|list|uuids|time_zone|parsed|parsed_optional)"
NAME = r'"([A-Z][A-Z0-9_]+)"'
PERIODS = ["1_MONTH", "3_MONTHS", "6_MONTHS", "12_MONTHS"]
WITH_ANOTHER = {"YOOKASSA_SHOP_ID": "YOOKASSA_ENABLED"}
"""Required only when the other setting is on."""


class Template(yaml.SafeLoader):
    """Reads CloudFormation's short forms as {tag: value}."""


def short_form(loader: Template, tag: str, node: yaml.Node):
    if isinstance(node, yaml.ScalarNode):
        return {tag: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {tag: loader.construct_sequence(node, deep=True)}
    return {tag: loader.construct_mapping(node, deep=True)}


Template.add_multi_constructor("!", short_form)


def source(path: str) -> str:
    return (ROOT / path).read_text().split("#[cfg(test)]")[0]


def names(pattern: str, *texts: str) -> set[str]:
    return {name for text in texts for name in re.findall(pattern, text)}


def read_by_code() -> tuple[set[str], set[str]]:
    """All settings, and those that are required."""
    settings, edge = source("shared/runtime/src/settings.rs"), source("shared/runtime/src/edge.rs")
    settings += source("shared/runtime/src/packages.rs")
    secrets = source("shared/runtime/src/secrets.rs")
    functions = [source(str(path.relative_to(ROOT))) for path in ROOT.glob("functions/*/src/lib.rs")]
    queues = names(r"edge\.queue\(" + NAME, *functions)
    read = names(rf"reader\.{READERS}\(\s*{NAME}", settings) | names(r"\(&?reader, " + NAME, settings) | names(r"\(reader, " + NAME, settings)
    read |= names(r'elsewhere\(reader, base, \("[A-Z_]+", ' + NAME, settings)
    read |= names(r"vars\s*\.get\(" + NAME, edge, secrets) | queues
    read |= {f"PRICE_{period}_{unit}" for period in PERIODS for unit in ("RUB", "STARS", "USD")}
    if not all(f'"{period}"' in settings for period in PERIODS):
        sys.exit("check_settings.py no longer knows the periods of settings.rs")
    return read, names(rf"reader\.required(?:_url)?\({NAME}", settings) | queues


def of_panels() -> set[str]:
    """Settings of the panels and of what is where: in the template or not, all of them stand in docs/panels.md."""
    text = source("shared/runtime/src/panels.rs")
    rest = names(r'(?:self\.name|self\.required)\("([A-Z_]+)"\)', text)
    return {f"PANEL_{name}" for name in rest} | {"PANELS", "USER_PANEL", "TRIAL_PANEL"}


def of_referrals() -> set[str]:
    """Settings of what is given for a friend: in the template or not, all of them stand in docs/deploy.md."""
    text = source("shared/runtime/src/referral.rs")
    days = {f"{name}_{period}" for name in ("REFERRAL_BONUS_DAYS", "REFEREE_BONUS_DAYS") for period in PERIODS}
    return days | names(rf"reader\.{READERS}\(\s*{NAME}", text) | names(r"percent\(reader, " + NAME, text)


def of_providers() -> set[str]:
    """Settings of the payment providers: in the template or not, all of them stand in docs/providers.md."""
    return {name for name in names(NAME, source("shared/runtime/src/providers.rs")) if "_" in name}


def may_be_empty(template: dict, value) -> bool:
    """Whether a deployment can leave the variable empty."""
    if not isinstance(value, dict) or "Ref" not in value:
        return False
    parameter = template["Parameters"].get(value["Ref"])
    return parameter is not None and parameter.get("Default") == ""


def mistakes() -> list[str]:
    template = yaml.load((ROOT / "template.yaml").read_text(), Template)
    given = template["Globals"]["Function"]["Environment"]["Variables"]
    read, required = read_by_code()
    providers = of_providers()
    told = (ROOT / "docs/providers.md").read_text()
    panels, referrals = of_panels(), of_referrals()
    known = read | providers | panels | referrals
    found = [f"{name}: no function reads it" for name in sorted(given.keys() - known)]
    found += [f"{name}: read by the functions, but the template does not give it" for name in sorted(read - given.keys() - panels)]
    of_each, deployed = (ROOT / "docs/panels.md").read_text(), (ROOT / "docs/deploy.md").read_text()
    found += [f"{name}: not in docs/deploy.md" for name in sorted(referrals) if f"`{name}`" not in deployed]
    found += ["referral.rs: its settings were not found"] if len(referrals) < 14 else []
    found += [f"{name}: not in docs/panels.md" for name in sorted(panels) if f"`{name.removeprefix('PANEL_')}`" not in of_each]
    for name in sorted(required & given.keys()):
        if may_be_empty(template, given[name]) and name not in WITH_ANOTHER:
            found.append(f"{name}: required, but its parameter may be empty")
    generated = template["Resources"]["Secret"]["Properties"]["GenerateSecretString"]
    offered = {generated["GenerateStringKey"], *json.loads(generated["SecretStringTemplate"])}
    listed = re.search(r"const NAMES: .*?\[(.*?)\];", source("shared/runtime/src/secrets.rs").replace("[&str; 6]", ""), re.DOTALL)
    wanted = (names(NAME, listed[1]) if listed else set()) | {"YOOKASSA_SECRET_KEY"}
    alike = lambda name: any(name.endswith(end) for end in ("_URL", "_ENABLED")) or name in told
    found += [f"{name}: not in docs/providers.md" for name in sorted(providers) if not alike(name) and f"_{name.rsplit('_', 1)[1]}" not in told]
    if offered != wanted:
        found.append(f"the secret offers {sorted(offered)}, the functions read {sorted(wanted)}")
    groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    grouped = {name for group in groups for name in group["Parameters"]}
    found += [f"{name}: in no group of parameters" for name in sorted(template["Parameters"].keys() ^ grouped)]
    if len(read) < 40:
        found.append(f"only {len(read)} settings were found in the code: check_settings.py does not understand it any more")
    return found


if __name__ == "__main__":
    if found := mistakes():
        sys.exit("settings:\n  " + "\n  ".join(found))
    print("the template's variables and secret are what the functions read")
