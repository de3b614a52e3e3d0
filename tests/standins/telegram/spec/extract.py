#!/usr/bin/env python3
"""Cut `bot-api-extract.json` out of a full description of the Bot API.

    python3 extract.py path/to/telegram-bot-api.json > bot-api-extract.json

The input has the layout of PaulSonOfLars/telegram-bot-api-spec (methods, types). The one used here,
Bot API 10.3 of 2026-08-24, was converted from the schema inside aiogram 3.31 (MIT, (c) Alex Root Junior).

Kept are: the name of every method; the parameters of the methods a shop bot calls, with every type they
reach; and the types of what the server sends, reduced to the fields whose types are kept too.
Descriptions are dropped, except for the constant they promise ("type, must be photo").
"""

import json
import re
import sys

METHODS = """
sendMessage editMessageText editMessageReplyMarkup editMessageCaption editMessageMedia deleteMessage sendPhoto
sendDocument answerCallbackQuery sendInvoice createInvoiceLink answerPreCheckoutQuery refundStarPayment
getStarTransactions editUserStarSubscription getMe getUpdates setWebhook deleteWebhook getWebhookInfo
setMyCommands setChatMenuButton getChatMember answerInlineQuery copyMessage sendChatAction getChat
""".split()

SENT = """
Update Message MaybeInaccessibleMessage InaccessibleMessage MessageId User Chat ChatFullInfo MessageEntity PhotoSize
Document Invoice SuccessfulPayment RefundedPayment CallbackQuery PreCheckoutQuery InlineQuery ChatMemberUpdated
BotSubscriptionUpdated ChatMember ChatMemberOwner ChatMemberAdministrator ChatMemberMember ChatMemberRestricted
ChatMemberLeft ChatMemberBanned StarTransactions StarTransaction TransactionPartner TransactionPartnerUser
WebhookInfo InlineKeyboardMarkup AcceptedGiftTypes
""".split()

# Known to exist, not described: a call that uses one of these is answered "not carried out".
OPAQUE = {"InputRichMessage", "InputRichMessageContent", "InputMediaLivePhoto", "RichMessage", "InputFile"}
SCALARS = {"Integer", "String", "Boolean", "Float", "InputFile"}
# Written into descriptions as: "must be photo", "must be 'photo'", "always “member”", "always 0".
CONSTANT = re.compile(r"(?:must be|always) [“'\"*]?([a-z0-9_]+)[”'\"*]?\.?(?:$|\s|,)")


def bare(name):
    while name.startswith("Array of "):
        name = name.removeprefix("Array of ")
    return name


def reduce_fields(fields, known=None):
    kept = [f for f in fields if known is None or any(bare(t) in known for t in f["types"])]
    out = {"fields": {f["name"]: f["types"] for f in kept}}
    required = [f["name"] for f in kept if f["required"]]
    if required:
        out["required"] = required
    constants = {}
    for f in kept:
        found = CONSTANT.search(f.get("description", ""))
        if f["name"] in ("type", "status", "source") and f["required"] and f["types"] == ["String"] and found:
            constants[f["name"]] = found.group(1)
    if constants:
        out["constants"] = constants
    return out


def reduce_type(full, known=None):
    if "subtypes" in full:
        return {"subtypes": [s for s in full["subtypes"] if known is None or s in known]}
    return reduce_fields(full.get("fields", []), known)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        full = json.load(file)

    types = {}
    todo = [bare(t) for m in METHODS for f in full["methods"][m].get("fields", []) for t in f["types"]]
    while todo:
        name = todo.pop()
        if name in SCALARS or name in types:
            continue
        if name in OPAQUE:
            types[name] = {"opaque": True}
            continue
        types[name] = reduce_type(full["types"][name])
        todo += types[name].get("subtypes", [])
        todo += [bare(t) for ts in types[name].get("fields", {}).values() for t in ts]

    known = SCALARS | set(types) | set(SENT)
    for name in SENT:
        if name not in types:
            types[name] = reduce_type(full["types"][name], known)

    methods = {}
    for name in METHODS:
        methods[name] = reduce_fields(full["methods"][name].get("fields", []))
        methods[name]["returns"] = full["methods"][name]["returns"]

    write(
        {
            "version": full["version"],
            "source": "converted from the schema inside aiogram 3.31 (MIT, (c) Alex Root Junior); cut by extract.py",
            "all_methods": sorted(full["methods"]),
            "methods": methods,
            "types": dict(sorted(types.items())),
        }
    )


def write(document):
    """One line for each method and type, so that a new version of the API is a readable difference."""
    lines = []
    for key, value in document.items():
        if isinstance(value, dict):
            inner = [f"  {json.dumps(name)}: {json.dumps(item, ensure_ascii=False)}" for name, item in value.items()]
            lines.append(f"{json.dumps(key)}: {{\n" + ",\n".join(inner) + "\n}")
        else:
            lines.append(f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}")
    print("{\n" + ",\n".join(lines) + "\n}")


if __name__ == "__main__":
    main()
