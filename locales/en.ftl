# The shop's texts. Keys and variables are those of ru.ftl; the tests of the crate `locale` check it.
# Keys button-…, alert-…, invoice-…, share-… and command-… are shown without markup, the others as Telegram's HTML.

## Quantities

period-days = { $count } { $count ->
    [one] day
   *[other] days
}
period-months = { $count } { $count ->
    [one] month
   *[other] months
}
left-days = { $count } { $count ->
    [one] day
   *[other] days
} left
left-hours = { $count } { $count ->
    [one] hour
   *[other] hours
} left
ago-minutes = { $count } min ago
ago-hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
} ago
ago-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
} ago
date = { $day } { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
} { $year }, { $time } ({ $zone })
bytes-b = { $amount } B
bytes-kb = { $amount } KB
bytes-mb = { $amount } MB
bytes-gb = { $amount } GB
bytes-tb = { $amount } TB

## Buttons

button-trial = 🎁 Try it free
button-buy = 🛒 Buy a subscription
button-renew = 🔄 Renew
button-subscription = 🔐 My subscription
button-subscriptions = 📋 All subscriptions
button-add-subscription = ➕ One more subscription
button-new-subscription = ➕ A new subscription
button-make-primary = ⭐ Make it the main one
button-rename = ✏️ Rename
button-unname = ↩️ Use the usual name
button-more-traffic = 📶 Buy more traffic
button-package = 📶 { $traffic } — { $price }
button-language = 🌐 Language / Язык
button-help = ❓ Help
button-support = 💬 Support
button-status = 📊 Server status
button-terms = 📄 Terms
button-back = ⬅️ Back
button-menu = 🏠 Menu
button-plan = { $name } — { $price }
button-pay-balance = 💰 From the balance — { $price }
button-pay-yookassa = 💳 Card or SBP · YooKassa — { $price }
button-pay-freekassa = 💳 Card or SBP · FreeKassa — { $price }
button-pay-robokassa = 💳 Card or SBP · Robokassa — { $price }
button-pay-wata = 💳 Card or SBP · WATA — { $price }
button-pay-stripe = 💳 Card · Stripe — { $price }
button-pay-paypal = 🅿️ PayPal — { $price }
button-pay-cryptopay = 🪙 Crypto — { $price }
button-pay-tribute = 💎 Tribute — { $price }
button-pay-star-subscription = ⭐ Monthly, renews itself — { $price }
button-use-balance = { $on } Use the balance: { $amount }
button-save-method = { $on } Remember and renew by itself
button-subscribe-stars = ⭐ Subscribe: { $price } a month
button-profile = 👤 Profile
button-payments = 🧾 Payments
button-newer = ⬅️ Newer
button-older = Older ➡️
button-zone = 🕓 Time zone
button-zone-shop = ↩️ As in the shop
button-west = ⬅️ West
button-east = East ➡️
button-email = 📧 E-mail
button-email-add = ➕ Add an address
button-email-change = ✏️ Change
button-code-again = 🔁 Send another code
button-letters-on = 🔔 Turn letters on
button-letters-off = 🔕 Turn letters off
button-balance = 💰 Balance
button-topup = ➕ { $price }
button-promo = 🎟 Promo code
button-invite = 🤝 Invite friends
button-share = 📤 Share the link
button-copy-link = 📋 Copy the link
button-forget-promo = ✖️ Remove the promo code
button-cancel = ✖️ Cancel
button-choose-plan = 🛒 Choose a plan
button-plan-reduced = { $name } — { $price } instead of { $old }
button-take-free = 🎁 Take it — { $price }
button-other-sum = ✏️ Another sum, { $currency }
button-history = 🧾 Payment history
button-methods = 💳 Payment methods
button-bind = ➕ Add · { $provider }
button-forget = 🗑 Remove
button-forget-now = 🗑 Yes, remove it
button-open-bind = 💳 Open the page
button-check-bind = ✅ Done
button-renewal-on = 🔁 Turn renewal on
button-renewal-off = ⏸ Turn renewal off
button-stop-stars = ⏸ Stop renewing
button-pay-stars = ⭐ Telegram Stars — { $price }
button-text-edit = ✏️ Change { $language }
button-text-reset = ↩️ { $language } as delivered
button-text-save = ✅ Save
button-open-payment = 💳 Pay { $price }
button-check = ✅ I have paid
button-other-method = ⬅️ Another way
button-connect = 📲 Connect
button-connect-more = 📲 Connect another device
button-qr = 🔳 QR code
button-refresh = 🔄 Refresh
button-install = ⬇️ Install { $app }
button-import = ➕ Add to { $app }
button-open-shop = 🛡 Open
button-channel = 📢 { $name }
button-joined = ✅ I have subscribed
button-private = 💬 Open the bot

## Commands in Telegram's menu

command-start = Begin
command-menu = Main menu
command-buy = Buy or renew a subscription
command-subscription = My subscription
command-gifts = My gifts
command-ref = Invite friends
command-balance = Balance
command-history = Payment history
command-methods = Payment methods
command-connect = How to connect
command-payment = Operator: a payment
command-refund = Operator: send a part back
command-sheet = Operator: a day's balance sheet
command-sync = Operator: panels compared
command-promo = Operator: promo codes
command-texts = Operator: the bot's words
command-profile = Profile: payments, e-mail, language
command-help = Help
command-language = Language / Язык
command-paysupport = Payment questions
command-terms = Terms

## Main menu

name-unknown = friend
name-nothing = empty
name-now = within minutes
name-balance = balance
name-topup = balance top-up
name-traffic = { $traffic } of traffic
name-subscription = Subscription { $no }
name-method = saving a payment method
name-unknown-device = no name
name-unknown-amount = unknown sum
menu-welcome =
    👋 Welcome, <b>{ $name }</b>!

    Getting a VPN takes two minutes here: choose a period, pay the way you like, and the link arrives in this chat.
menu-hello = 👋 Good to see you, <b>{ $name }</b>!
menu-trial-due = 🎁 You have a free trial waiting.
menu-no-subscription = You have no subscription yet.
menu-invited = 🤝 A friend invited you: your first purchase brings you a gift on top.
menu-text = I understand only buttons 🙂 Here is the menu:

## Profile, payments, time zone

name-shop-zone = as in the shop
profile-title = 👤 <b>Profile</b>
profile-name = 🙂 { $name }
profile-id = 🆔 <code>{ $user }</code>
profile-since = 📅 With us since { $day }
profile-balance = 💰 Balance: { $balance }
profile-promo = 🎟 The promo code <b>{ $code }</b> waits for a purchase
profile-language = 🌐 Language: { $name }
profile-zone = 🕓 Time zone: { $name }
payments-title = 🧾 <b>Your payments</b>
payments-hint = Press a payment to see its details.
payments-none = There are none yet.
paid-card-title = { $sign } <b>{ $name }</b>
paid-card-opened = 🗓 Bill: { $date }
paid-card-paid = ✅ Paid: { $date }
paid-card-way = 💳 By: { $name }
paid-card-until = 🔐 Access until { $date }
paid-card-sum = <b>Sum: { $price }</b>
paid-card-refunded = ↩️ Sent back: { $price }
paid-card-to-balance = 💰 Put back on the balance: { $price }
paid-state-awaiting = ⏳ Waiting for the money.
paid-state-succeeded = ✅ Paid, all of it counts.
paid-state-canceled = ✖️ Canceled, no money was taken.
paid-state-expired = ⌛️ The time to pay is over.
paid-state-held = 🔎 An operator is looking at it.
paid-state-refunding = ↩️ A refund is under way.
paid-state-partly = ↩️ Part of the money was sent back.
paid-state-refunded = ↩️ The money was sent back.
paid-state-disputed = 🔎 The bank disputes it.
zone-title =
    🕓 <b>Time zone</b>

    In which time should dates be shown?
zone-now = Now: { $date }
city-baker = Baker Island
city-samoa = Samoa
city-honolulu = Honolulu
city-anchorage = Anchorage
city-los-angeles = Los Angeles
city-denver = Denver
city-chicago = Chicago
city-new-york = New York
city-caracas = Caracas
city-sao-paulo = São Paulo
city-south-georgia = South Georgia
city-praia = Praia
city-greenwich = Greenwich
city-london = London
city-kaliningrad = Kaliningrad
city-berlin = Berlin
city-kyiv = Kyiv
city-istanbul = Istanbul
city-minsk = Minsk
city-moscow = Moscow
city-tehran = Tehran
city-dubai = Dubai
city-samara = Samara
city-tashkent = Tashkent
city-almaty = Almaty
city-yekaterinburg = Yekaterinburg
city-delhi = Delhi
city-omsk = Omsk
city-novosibirsk = Novosibirsk
city-irkutsk = Irkutsk
city-yakutsk = Yakutsk
city-vladivostok = Vladivostok
city-magadan = Magadan
city-kamchatka = Kamchatka
city-tonga = Tonga
city-kiritimati = Kiritimati

## E-mail and letters

email-title = 📧 <b>E-mail</b>
email-line = 📧 { $email }
email-line-off = 📧 { $email }, letters are off
email-line-refused = 📧 { $email }: letters come back
email-line-none = 📧 No e-mail address
email-about = Add an address, and we will write about payments, refunds and the end of the subscription there too, even when Telegram is out of reach. Receipts go there as well.
email-about-on = Receipts go here, and letters about payments, refunds and the end of the subscription.
email-about-off = Only receipts go here. Letters can be turned on again.
email-about-refused = The mail server says that there is no such address. Give another one, or confirm this one again.
email-ask =
    📧 <b>What is your address?</b>

    Send it as a message: we will send a code of six digits there.
email-wrong =
    🤔 <b>This does not look like an address</b>

    Send it whole, like anna@example.com.
email-code-sent =
    ✉️ <b>A code is on its way to { $email }</b>

    Send it here within 15 minutes. No letter? Look into the spam folder and check the address: you can send it again.
email-code-form = 🔢 Send the six digits of the letter, or another address.
email-code-wrong =
    🤷 <b>This is not the code</b>

    Check the digits. { $count ->
        [one] { $count } try is left.
       *[other] { $count } tries are left.
    }
email-code-spent =
    🤷 <b>That was not the code</b>

    No tries are left. Ask for a new code.
email-code-late = ⌛️ This code counts no longer. Ask for a new one.
email-too-soon = ⏳ A letter is on its way. Another one can be sent in a minute.
email-too-many = ⏳ Three letters with a code can be sent in an hour. Please try later.
email-confirmed =
    ✅ <b>The address is confirmed</b>

    Receipts and important letters go there from now on. Letters can be turned off in the profile.
email-removal =
    🗑 <b>Remove { $email }?</b>

    No more letters and receipts will go to this address.
notice-email-refused =
    📭 <b>Letters to { $email } come back</b>

    The mail server says that there is no such address. We do not write to it any more. Give another one in the profile.
letter-hello = Hello, { $name }!
letter-link = The link to connect is in the bot, under “My subscription”.
letter-code =
    Your code: <b>{ $code }</b>

    Send it to the bot within 15 minutes to confirm the address.
letter-code-foot = If you did not ask for anything, just delete this letter: nobody can confirm the address without the code.
letter-foot = You got this letter because you confirmed this address in our bot.
letter-off = To turn letters off, open the bot → “Profile” → “E-mail” → “Turn letters off”.
letter-subject-code = Your code to confirm the address
letter-subject-paid = Payment received
letter-subject-held = Your payment is being checked
letter-subject-topped-up = Your balance is topped up
letter-subject-refunded = Your refund
letter-subject-renewal = The subscription could not be renewed
letter-subject-reminder = Your subscription ends soon
letter-subject-ended = Your subscription has ended

## The channel

name-channel = Our channel
gate-text =
    📢 <b>One step before we go on</b>

    Subscribe to { $count ->
        [1] our channel
       *[other] our { $count } channels
    } and press the button below. You will be taken right where you were going.

## Inline mode

inline-title-own = Share your link
inline-about-own = A friend opens the shop through your personal link
inline-title = Open the shop
inline-about = Fast VPN in two minutes
inline-text =
    🛡 <b>VPN that simply works</b>

    Fast, no ads, set up in two minutes. Press the button and see for yourself 👇

## Subscription

status-active = 🟢 Your subscription is active
status-trial = 🎁 Free trial
status-expired = 🔴 Your subscription ended
status-preparing = ⏳ Preparing your access
subscription-until = until { $date }
subscription-ended = on { $date }
subscription-left = 🗓 { $left }
subscription-last-hour = less than an hour left
subscription-title = 🔐 <b>My subscription</b>
subscription-title-named = 🔐 <b>{ $name }</b>
subscription-primary = ⭐ The main one
subscription-which = 🔐 { $name }
subscription-extra = ➕ { $traffic } of it is extra, until { $date }
subscriptions-title = 🔐 <b>My subscriptions</b>
subscriptions-primary = ⭐ <b>{ $name }</b>
subscriptions-other = <b>{ $name }</b>
rename-ask =
    ✏️ <b>What shall we call “{ $name }”?</b>

    Send a name as a message, up to 24 characters. Only you see it.
rename-ask-again =
    🤔 <b>That is too long</b>

    Send a shorter name for “{ $name }”, up to 24 characters.
subscription-plan = 📦 Plan: { $name }
subscription-traffic = 📶 Traffic: { $used } of { $limit }
subscription-traffic-unlimited = 📶 Traffic: { $used }, unlimited
subscription-devices = 📱 Devices: up to { $count }
subscription-devices-any = 📱 Devices: any number
subscription-online = 📡 Online now
subscription-last-online = 📡 Online: { $ago }
subscription-first-online = first on { $day }
subscription-never-online = 📡 No connections yet
subscription-as-of = 🕓 As of { $ago }
subscription-link =
    🔗 Link for your app (tap to copy):
    <code>{ $link }</code>
subscription-secret = Keep it to yourself: it is your personal key.
subscription-preparing = The link will appear here and arrive as a message, usually within seconds.
subscription-none =
    🔐 <b>My subscription</b>

    You have none yet. Choose a period, and the link arrives right after you pay.
subscription-none-trial =
    🔐 <b>My subscription</b>

    You have none yet. Start with the trial: it is free.

## Too fast

pace-too-fast = ⏳ Too fast. Wait { $count } { $count ->
    [one] second
   *[other] seconds
}.
pace-stopped =
    ✋ Too many taps in a row, so the bot takes a break.

    It answers again after { $date }. What you paid for stays yours.

## Promo codes and questions

promo-ask =
    🎟 <b>Promo code</b>

    Send it as a message.
promo-wrong =
    🤷 <b>This code does not work</b>

    Check the spelling. Codes have a term and a number of uses, and not every code is for everyone.
promo-later =
    ⏳ <b>Too many attempts</b>

    Try again in ten minutes.
promo-chosen =
    🎉 <b>The code works: { $amount } off</b>

    It counts for your next purchase: choose a plan.
promo-days =
    🎉 <b>The code worked: +{ $amount }</b>

    Your access runs until { $date }.
promo-balance =
    🎉 <b>The code worked: +{ $amount }</b>

    Your balance now: { $balance }.
promo-traffic =
    🎉 <b>The code worked: +{ $amount } of traffic</b>

    It is yours until { $date }.
promo-trial-later =
    🎉 <b>The code worked: +{ $amount } of trial</b>

    They are added when you start it.
topup-ask =
    ✏️ <b>How much would you like to add?</b>

    Send a number from { $least } to { $most }.
topup-ask-again =
    🤔 <b>This sum is not possible</b>

    Send just a number from { $least } to { $most }.

## Friends

invite-title = 🤝 <b>Invite friends</b>
invite-days = When a friend who came by your link buys a subscription, both of you get days of access:
invite-days-line = • { $period }: you { $yours }, your friend { $theirs }
invite-days-alone = When a friend who came by your link buys a subscription, you get days of access:
invite-days-line-alone = • { $period }: { $yours }
invite-percent = When a friend who came by your link buys a subscription, you get { $yours } of what they pay on your balance.
invite-percent-both = When a friend who came by your link buys a subscription, you get { $yours } of what they pay on your balance, and they get { $theirs } on theirs.
invite-first = A friend's first purchase counts.
invite-each = Every purchase of a friend counts.
invite-cap = At most { $count } { $count ->
    [one] reward
   *[other] rewards
} in 30 days.
invite-link =
    🔗 Your link (tap to copy):
    <code>{ $link }</code>
invite-figures = 👥 Came by your link: { $invited } · bought: { $bought }
invite-earned = 🎁 You earned: { $earned }
invite-waiting = ⏳ Waiting for your next subscription: { $days }
invite-words = 🛡 VPN that simply works: fast, no ads, set up in two minutes 👇
invite-words-gift = 🛡 VPN that simply works: fast, no ads, set up in two minutes. Come by my link, and your first purchase brings a gift 👇
paid-bonus-days = 🎁 +{ $amount } for coming from a friend: already included.
paid-bonus-money = 🎁 +{ $amount } on your balance for coming from a friend.
notice-friend-joined =
    🤝 <b>A friend came by your link!</b>

    That makes { $count }. When they buy a subscription, your reward arrives by itself.
notice-rewarded-days =
    🎁 <b>A friend bought: +{ $amount } for you!</b>

    Your access runs until { $date }. Thank you for recommending us!
notice-rewarded-waiting =
    🎁 <b>A friend bought: +{ $amount } for you!</b>

    You have no running subscription, so they wait: they are added to your next purchase.
notice-rewarded-money =
    🎁 <b>A friend bought: +{ $amount } on your balance!</b>

    Your balance now: { $balance }. Thank you for recommending us!
notice-reward-reversed =
    ↩️ <b>A friend's purchase was refunded</b>

    The reward for it went back: { $amount }. Your balance now: { $balance }.

## Gifts

gift-plans-title = 🎁 <b>Access as a gift</b>
gift-plans-hint = Choose a period. After you pay you get a link that opens once: send it to whomever you like.
gift-checkout-title = 🎁 <b>A gift: { $name }</b>
pay-steps-gift =
    1. Tap “Pay” and pay on the page that opens.
    2. Come back here: the gift link arrives by itself.

    Nothing after a minute? Tap “I have paid” and we will check.
gift-ready =
    🎁 <b>Your gift is ready: { $name }</b>

    Send the link to whomever it is for. Whoever opens it first has the gift.
gift-link = <code>{ $link }</code>
gift-waits-until = If nobody opens it by { $date }, we put the money back on your balance.
gift-waits-for-ever = It waits as long as it takes.
share-gift = I have a gift for you: VPN, { $period }. Tap the link to open it 🎁
gift-offered =
    🎁 <b>There is a gift for you!</b>

    From: { $from }
gift-own =
    🎁 <b>This is a gift from you</b>

    Send the link to whomever it is for. Or open it yourself: then it is yours, and the link works no more.
gift-added = It is added to what you have: no paid day is lost.
gift-taken = 🎉 <b>The gift is yours!</b>
gift-opened-before =
    📭 <b>This gift has been opened already</b>

    Every gift opens once. If it was meant for you, ask the person who sent you the link.
gift-gone =
    ↩️ <b>This gift has gone back</b>

    The money was returned to the person who gave it, so it cannot be opened any more.
gift-unknown =
    🤷 <b>There is no gift behind this link</b>

    Check that you have all of it: it may have been cut off.
my-gifts-title = 🎁 <b>My gifts</b>
my-gifts-none = You have not given anything yet. It is a nice thing to do!
my-gifts-waits-until = 🟡 { $day } · { $name } — waits until { $date }
my-gifts-waits = 🟡 { $day } · { $name } — waits to be opened
my-gifts-opened = 🟢 { $day } · { $name } — opened on { $date }
my-gifts-returned = ↩️ { $day } · { $name } — returned on { $date }: { $price } on your balance
my-gifts-withdrawn = ⚪️ { $day } · { $name } — the payment was sent back on { $date }
notice-gift-opened =
    💝 <b>Your gift has been opened: { $name }</b>

    Thank you for sharing!
notice-gift-waits =
    🎁 <b>Your gift still waits: { $name }</b>

    Nobody has opened it yet. Perhaps the link got lost: send it once more.
notice-gift-returned =
    ↩️ <b>{ $price } came back to your balance</b>

    Nobody opened your gift “{ $name }” in time. On the balance now: { $balance }.
notice-delivered-gift = 🎁 <b>Your gift is in place!</b>
notice-delayed-gift =
    ⏳ <b>Your gift is delayed</b>

    It is yours, but the VPN server does not answer right now. We keep trying and will write as soon as it does.
history-gift = { $day } · 🎁 a gift, { $name } — { $price }
history-gift-part = { $day } · 🎁 a gift, { $name } — { $price }, { $part } of it from the balance
history-gift-returned = { $day } · ↩️ an unopened gift, to the balance — { $price }
history-gift-opened = { $day } · 🎁 you opened a gift: { $name }
name-gift = a gift: { $name }
name-somebody = somebody kind
invoice-gift-title = A gift: { $name }
invoice-gift-description = VPN access for somebody: { $period }. The gift link arrives here right after you pay.
button-give = 🎁 As a gift
button-my-gifts = 🎁 My gifts
button-share-gift = 📤 Send to a friend
button-share-one-gift = 📤 { $name }
button-copy-gift = 📋 Copy the link
button-take-gift = 🎁 Take it
button-take-own = 🎁 Open it myself

## Buying

plans-title = 🛒 <b>Choose a period</b>
plans-hint = The link arrives right after you pay.
plans-hint-renew = The new period is added to the present one: no paid day is lost.
plans-empty =
    🛒 <b>Nothing is for sale right now</b>

    Look in again a little later, or write to support.
choose-subscription = 🔐 For which subscription?
packages-title = 📶 <b>More traffic</b>
packages-lasts = { $resets ->
    [day] A package is added at once and lasts for a day. Renew the subscription, and what is left stays.
    [week] A package is added at once and lasts for a week. Renew the subscription, and what is left stays.
    [month] A package is added at once and lasts for a month. Renew the subscription, and what is left stays.
   *[never] A package is added at once and lasts to the end of the subscription. Renew it, and what is left stays.
}
packages-none = There are no traffic packages right now. Write to support, we will help.
plans-promo = 🎟 Code <b>{ $code }</b>: { $amount } off. The new prices are on the buttons below.
plans-promo-idle = 🎟 Code <b>{ $code }</b> does not work for these plans right now.
checkout-promo = 🎟 Code { $code }: { $price }
checkout-title = 🧾 <b>{ $name }</b>
checkout-new = ➕ A new subscription, with a link of its own
checkout-traffic-title = 📶 <b>Traffic: { $traffic }</b>
checkout-period = 🗓 Period: { $period }
checkout-traffic = 📶 Traffic: { $limit }
checkout-traffic-unlimited = 📶 Traffic: unlimited
checkout-base = 💰 Price: { $price }
checkout-from-balance = 👛 From the balance: { $price }
checkout-saves = 🔁 If the payment service can do it, your payment method is saved, and a day before the end we renew the subscription for you. You can turn this off at any time in “My subscription”.
checkout-star-subscription = ⭐ “Monthly” is a subscription in Stars: Telegram renews it every 30 days, and you can stop at any time.
checkout-total = <b>To pay: { $price }</b>
checkout-until = The price is yours until { $date }.
checkout-choose = How would you like to pay?
checkout-free = There is nothing to pay: just tap “Take it”.
checkout-no-methods = No way to pay works right now. Write to support, we will help.
pay-title = 💳 <b>To pay: { $price }</b>
pay-steps =
    1. Tap “Pay” and pay on the page that opens.
    2. Come back here: your access arrives by itself.

    Nothing after a minute? Tap “I have paid” and we will check.
pay-steps-traffic =
    1. Tap “Pay” and pay on the page that opens.
    2. Come back here: the traffic is added by itself, the link stays.

    Nothing after a minute? Tap “I have paid” and we will check.
pay-steps-topup =
    1. Tap “Pay” and pay on the page that opens.
    2. Come back here: the money reaches your balance by itself.

    Nothing after a minute? Tap “I have paid” and we will check.
bind-title = 💳 <b>A new payment method</b>
bind-steps =
    1. Open the page and confirm the method. Nothing is bought there.
    2. Come back here and tap “Done”.
subscribe-stars =
    ⭐ <b>Subscription in Stars: { $price } a month</b>

    Telegram takes the Stars now and every 30 days after that, and your access renews itself. You can stop at any time: by a button in “My subscription” or in Telegram's settings (“My Stars”).
invoice-title = VPN: { $name }
invoice-subscription = VPN access: { $period }, renews itself. The link arrives here right after you pay.
invoice-topup-title = Balance top-up
invoice-topup-description = The money is on your balance right after you pay.
invoice-traffic-title = Traffic: { $traffic }
invoice-traffic-description = The traffic is added to your subscription right after you pay.
invoice-description = VPN access: { $period }. The link arrives here right after you pay.
alert-invoice = The invoice is below 👇
paid-title = ✅ <b>Payment received, thank you!</b>
trial-title = 🎁 <b>Your trial has begun!</b>
delivering = ⏳ Preparing your access, usually a matter of seconds. The link arrives here by itself.
alert-pending = The payment has not arrived yet. It usually takes up to a minute. If you were charged, it will be credited by itself: do not pay again.
paid-topup =
    ✅ <b>Payment received, thank you!</b>

    The money is on your balance: { $balance }.
paid-traffic =
    ✅ <b>Payment received, thank you!</b>

    📶 { $traffic } is being added to your subscription, usually within seconds.
paid-method =
    ✅ <b>Done</b>

    The payment method is saved.
closed-canceled =
    ✖️ <b>The payment was canceled</b>

    You were not charged. You can try again or choose another way.
closed-expired =
    ⌛️ <b>The time to pay is up</b>

    If you did pay, it will be credited by itself. If not, just start again.
closed-held =
    🔎 <b>Your payment is being checked</b>

    Money came that does not match the bill. It will not be lost: an operator looks into it. To speed it up, write to support and give the number.
    Payment number: <code>{ $payment }</code>
closed-refunded =
    ↩️ <b>Your money went back</b>

    The way you paid, or to your balance here.
    Payment number: <code>{ $payment }</code>
closed-refunding =
    ↩️ <b>Your refund is on its way</b>

    Payment number: <code>{ $payment }</code>

## Connecting

connect-title =
    📲 <b>Connect</b>

    What will you use the VPN on?
connect-steps =
    📲 <b>{ $platform }</b>

    1. Install an app, any from the list.
    2. Tap “Add”: the app opens your subscription by itself.
    3. Switch the connection on.

    It did not open? Copy the link and paste it into the app:
    <code>{ $link }</code>
connect-none =
    📲 <b>Connect</b>

    There is no link yet: you need a running subscription first.
qr-caption =
    🔳 Point the camera of your VPN app at this code.

    Do not show it to others: it is your personal key.

## The page that opens an app

open-title = Opening { $app }
open-text = If the app did not open by itself, press the button.
open-button = Open { $app }
open-copy = It did not help? Copy the link and paste it into the app:
open-bad = This link is old or damaged. Go back to the bot and press the button again.

## Help and language

help-text =
    ❓ <b>Help</b>

    <b>How do I connect?</b>
    “My subscription” → “Connect”: choose your device, install an app and add the link to it.

    <b>You paid, and there is no access?</b>
    Tap “I have paid” below the bill. Payments are credited without it too, a little later.

    <b>The VPN does not work?</b>
    Refresh the subscription in the app and try another server of the list.

    Commands: /menu, /buy, /subscription, /language.
help-support = It did not help? Write to support: a person will answer.
help-payments =
    💳 <b>Payment questions</b>

    Tell support the date, the sum and the way you paid: we will find the payment and help, with refunds too.
    Your number: <code>{ $user }</code>
help-terms = 📄 <b>Terms</b>
help-terms-open = The button below opens the terms.
help-terms-none = Support will send you the terms.
language-title =
    🌐 <b>Language</b>

    Which language shall we speak?
group-hint = I work in private messages: press the button below.

## Refusals and failures

alert-trial-off = There is no free trial at the moment.
alert-trial-used = You have had the trial: it is given once.
alert-has-subscription = You have a subscription already; the trial is for newcomers.
alert-plan-unavailable = This plan is no longer for sale. Here are the present ones.
alert-quote-expired = This offer is out of date. Choose again for a fresh price.
alert-method-unavailable = This way to pay is not available now. Choose another one.
alert-payment-unknown = There is no such payment.
alert-already-paid = Paid already, thank you! Do not pay again.
alert-other-deal = The sum is not the agreed one. Open the bill again.
alert-not-registered = Press /start to begin.
alert-not-joined = Telegram does not see you among the subscribers yet. Open the channel, press “Join”, then this button once more.
alert-stale = This menu is out of date, here is a fresh one.
alert-stale-here = This button is out of date. Open the bot and press /start.
alert-foreign = Open the bot in private messages.
alert-not-enough = There is not enough on your balance.
alert-bad-amount = This sum is not possible.
alert-not-refundable = No refund is possible now: one is under way, or nothing is left to refund.
alert-method-unknown = There is no saved payment method. Add one or top up your balance.
alert-no-subscription = You have no subscription yet.
alert-too-many = You cannot take out any more subscriptions. You can renew one of yours.
alert-bad-name = The name is too long: up to 24 characters.
alert-no-traffic = No traffic can be added to this subscription now: it has ended, or its traffic is unlimited.
alert-made-primary = This is your main subscription now
alert-no-panel = There is no such panel.
alert-too-soon = You did this a short while ago. Please wait a little.
alert-unlinked = Done. The device can connect again if it has your link.
alert-panel-down = The VPN panel does not answer right now. Nothing was changed; try again in a minute.
alert-link-coming = The panel has not confirmed yet. The new link will come to this chat in a minute.
alert-provider-down = The payment service does not answer. No new bill was opened, so nothing is charged for it. Choose another way or try again in a minute.
alert-check-later = The payment service does not answer right now. If you paid, it will be credited by itself: do not pay again.
alert-bind-down = The payment service does not answer. Nothing was saved; try again in a minute.
alert-stop-failed = Telegram could not stop the subscription. Stop it in Telegram's settings, under “My Stars”.
alert-stopped = It will not be renewed any more. Your access stays until the end of the paid period.
alert-renews-elsewhere = Another service renews this subscription already: stop it there first.
alert-bind-pending = Not confirmed yet. It usually takes up to a minute; try again.
alert-refund-asked = The refund is written down. There is no answer yet: the shop follows it to the end.
alert-refund-open = Telegram has not answered yet. Open the payment later and tap “Make the refund again”: nothing goes back twice.
alert-refund-done = Done, the money went back.
alert-refund-failed = The refund failed; the payment is what it was.
alert-payment-changed = The payment has changed, look again.
alert-released = Done.
alert-busy = Telegram asks us to wait. Tap again in a few seconds.
alert-too-fast = Too fast. Wait { $count } { $count ->
    [one] second
   *[other] seconds
}.
alert-stopped-for-a-while = Too many taps. The bot answers again after { $date }.
alert-text-saved = Saved. The whole bot says so within five minutes.
alert-text-reset = As delivered again.
alert-text-gone = Nothing waits to be saved.
alert-text-same = It says so already.
alert-text-many = 300 texts are in your own words already. Take one back first.
alert-text-unfit = This text no longer fits. Send another one.
alert-try-later = We could not check the bill. You were not charged; try again in a minute.

## Notices

notice-delivered-payment = 🎉 <b>Your access is ready, thank you!</b>
notice-delivered-traffic = 📶 <b>Your traffic is in place, thank you!</b>
notice-delivered-trial = 🎉 <b>Your trial is ready!</b>
notice-delayed-payment =
    ⏳ <b>Payment received, access is delayed</b>

    The VPN server does not answer right now. We keep trying and will send the link as soon as it does. Do not pay again.
notice-delayed-traffic =
    ⏳ <b>Paid, but your traffic is delayed</b>

    The VPN server is not responding at the moment. The traffic is added by itself as soon as it is back, and we will write to you.
notice-delayed-trial =
    ⏳ <b>Your trial is delayed</b>

    The VPN server does not answer right now. We keep trying and will send the link as soon as it does.
notice-delivered-promo = 🎉 <b>Your bonus is in place!</b>
notice-delayed-promo =
    ⏳ <b>Your bonus is delayed</b>

    The code worked, but the VPN server does not answer right now. We keep trying and will write as soon as it does.
notice-reminder =
    ⏰ <b>{ $kind ->
        [trial] Your trial ends soon
       *[paid] Your subscription ends soon
    }</b>

    It runs until { $date }: { $left }.
notice-reminder-renew = { $kind ->
    [trial] Did you like it? Buy a subscription and the VPN stays on.
   *[paid] Renew now: the new period is added to the present one, no day is lost.
}
notice-ended =
    🔴 <b>{ $kind ->
        [trial] Your trial has ended
       *[paid] Your subscription has ended
    }</b>

    { $date }
notice-ended-renew = { $kind ->
    [trial] Buy a subscription: the link stays the same.
   *[paid] Renew it: nothing to set up, the link stays the same.
}
notice-traffic-near =
    📶 <b>{ $percent }% of your traffic is used</b>

    { $left } of { $limit } left.
notice-traffic-out =
    🚫 <b>Your traffic is used up</b>

    All { $limit } are used, so the VPN is paused.
notice-traffic-advice = { $resets ->
    [day] The counter starts over by itself tomorrow. Need it sooner? A new purchase starts the count over at once, and no days are lost.
    [week] The counter starts over once a week. Need it sooner? A new purchase starts the count over at once, and no days are lost.
    [month] The counter starts over once a month. Need it sooner? A new purchase starts the count over at once, and no days are lost.
   *[never] A new purchase starts the count over at once, and no days are lost.
}
notice-first-connection =
    🎉 <b>It works!</b>

    Your first connection went through. Enjoy! You can add the same link to your other devices too.
notice-not-connected =
    📲 <b>Your access is ready and waiting</b>

    Nobody has connected yet. Setting it up takes a couple of minutes: choose your device, and we will guide you.
notice-device-added =
    📱 <b>New device: { $device }</b>

    It was added to your subscription. Not you? Unlink it and take a new link: “My subscription” has both.
notice-link-changed =
    🔗 <b>Your subscription has a new link</b>

    The old one no longer works. Add the new one to your app; your time and plan are unchanged.
notice-topped-up =
    💰 <b>{ $price } came to your balance</b>

    Your balance now: { $balance }.
notice-shortfall = The purchase itself did not go through: while the payment was on its way, the money on the balance was spent or the subscription ended. The whole payment stays on your balance and pays for your next purchase.
notice-refunded-balance = ↩️ <b>{ $price } went back to your balance</b>
notice-refunded-payer =
    ↩️ <b>{ $price } refunded</b>

    The money arrives the way you paid.
notice-refunded-until = Your subscription runs until { $date }.
notice-payment-number = Payment number: <code>{ $payment }</code>
notice-method-saved =
    💳 <b>The payment method is saved</b>

    { $title }. You can always turn it and the renewal off.
notice-renewal-failed =
    ⚠️ <b>Your subscription could not be renewed</b>

    It runs until { $date }. We will try again; you can also renew it yourself or change the payment method.
notice-renewal-failed-last =
    ⚠️ <b>Your subscription could not be renewed</b>

    It runs until { $date }, and we will not try again. Renew it yourself to keep the VPN on.
notice-renews-method = 🔁 There is nothing to do: a day before the end we renew it for you, from the balance if it is enough, or by { $title }.
notice-renews-balance = 🔁 A day before the end we renew it for you if the balance is enough. It is { $balance } now.
notice-renews-stars = 🔁 There is nothing to do: Telegram renews it.
notice-renews-tribute = 🔁 There is nothing to do: Tribute renews it.

## Balance and history

topup-title = 💰 <b>Balance top-up</b>
topup-sum = Sum: { $price }
balance-title = 💰 <b>Balance: { $balance }</b>
balance-hint = The balance pays for subscriptions, wholly or in part.
balance-hint-topup = The balance pays for subscriptions, wholly or in part. How much would you like to add?
balance-latest = <b>Latest:</b>
history-title = 🧾 <b>Payment history</b>
history-empty = There were no payments yet.
history-referral = { $day } · 🤝 a friend's purchase — +{ $gift }
history-referral-bonus = { $day } · 🎁 gift for coming from a friend — +{ $gift }
history-referral-reversed = { $day } · ↩️ reward of a refunded purchase — −{ $price }
history-promo = { $day } · 🎟 code { $code } — +{ $gift }
history-promo-off = { $day } · 🎟 code { $code } — −{ $price }
history-bought = { $day } · 🛒 { $name } — { $price }
history-bought-part = { $day } · 🛒 { $name } — { $price }, { $part } of it from the balance
history-topped-up = { $day } · ➕ top-up — { $price }
history-to-balance = { $day } · ↩️ back to the balance — { $price }
history-refunded = { $day } · ↩️ refund — { $price }
history-held = { $day } · 🔎 being checked — { $price }

## Payment methods and renewal

methods-title = 💳 <b>Payment methods</b>
methods-none = None is saved yet. Tick “Remember” when you pay, and your subscription renews itself.
methods-default = ✅ { $title } · { $provider }
methods-other = ▫️ { $title } · { $provider }
methods-hint = Renewals take the one with ✅. Tap another to choose it.
methods-forget = Remove <b>{ $title }</b>? We will not be able to charge it any more.
methods-forget-last = Remove <b>{ $title }</b>? We will not be able to charge it any more, and renewals will only work from the balance.
renewal-off = ⏸ Automatic renewal is off.
renewal-failed = ⚠️ Automatic renewal is on, but the charge failed. Renew it yourself.
renewal-nothing = ⚠️ Automatic renewal is on, but there is nothing to charge: add a payment method or top up your balance.
renewal-balance = 🔁 Automatic renewal: { $when }, { $price } from the balance.
renewal-method = 🔁 Automatic renewal: { $when }, { $price }, { $title }.
renewal-stars = 🔁 Telegram renews it every 30 days. To stop: Telegram's settings → “My Stars”.
renewal-stars-stop = 🔁 Telegram renews it every 30 days. Stop it with the button below or in Telegram's settings, under “My Stars”.
renewal-tribute = 🔁 Tribute renews it. You can stop it there, in @tribute.

## Texts in own words

texts-title = ✏️ <b>The bot's texts</b>: { $count }
texts-none = Nothing found. Look for other words: <code>/texts trial</code>
texts-hint = Look for words: <code>/texts trial</code>
texts-about =
    <code>{ $key }</code> · { $place ->
        [message] in a message
        [caption] below a picture
        [alert] in a window
        [button] on a button
        [card] in an invoice or a card
       *[part] inside other texts
    }, at most { $limit } characters
    Variables: { $given }
texts-delivered = <b>{ $language }</b>, as delivered
texts-own = <b>{ $language }</b>, in your words
texts-ask =
    Send the new text, <b>{ $language }</b>. Variables stay in braces as they are; in messages the tags &lt;b&gt;, &lt;i&gt;, &lt;u&gt;, &lt;s&gt;, &lt;code&gt;, &lt;a href&gt; and &lt;blockquote&gt; work.

    It says now:
texts-preview = How it will look, <b>{ $language }</b>, <code>{ $key }</code>:
texts-wrong =
    ⚠️ { $reason ->
        [empty] Nothing would be shown.
        [source] The text is too long: at most { $detail } bytes.
        [unreadable] The text cannot be read: { $detail }. A single brace is written as {"{"}"{"{"}"{"}"}.
        [default] A choice needs a form for everything else: *[other].
        [variable] { $detail } is not known here.
        [reference] { $detail } cannot be used.
        [markup] The markup does not fit: { $detail }. Close every tag, and write &lt; as &amp;lt;.
        [long] Too long to show: { $detail } characters.
       *[unknown] There is no such text any more.
    }

    Send another one ({ $language }), or cancel.

## For operators

button-open-case = 🔎 Open the payment
button-sheet = 📊 Open the sheet
button-release-ordered = ✅ Grant as ordered
button-release-balance = 💰 Put on the balance
button-refund-again = 🔁 Make the refund again
button-refund-all = ↩️ Refund { $price }
button-refund-half = ↩️ Half, { $price }
button-refund-payer = 👤 To the payer{ $time ->
    [keep] {""}, keep the time
    [cut] {""}, cut the time
    [end] {""}, end it now
   *[only] {""}
}
button-refund-balance = 💰 To the balance{ $time ->
    [keep] {""}, keep the time
    [cut] {""}, cut the time
    [end] {""}, end it now
   *[only] {""}
}
operator-usage =
    <b>Operators' commands</b>

    /payment NUMBER: a payment
    /refund NUMBER SUM: send a part back
    /sheet YYYY-MM-DD: a day's balance sheet (without a day: yesterday's)
    /sync: panels compared with the shop
    /promo: promo codes
    /texts: the bot's words, to be put in your own
operator-promo-title = 🎟 <b>Promo codes</b>
operator-promo-none = There are none yet.
operator-promo-line = 🟢 <code>{ $code }</code> · { $kind } { $amount } · used { $used } of { $limit }, held { $held }
operator-promo-line-off = ⚪️ <code>{ $code }</code> · { $kind } { $amount } · used { $used } of { $limit }, held { $held }
operator-promo-until = until { $date }
operator-promo-note = { $note }
operator-promo-made =
    ✅ <b>The code is ready</b>

    Link: { $link }
operator-promo-exists = There is a code of that name already.
operator-promo-unknown = There is no code of that name.
operator-promo-off = ⚪️ Code <code>{ $code }</code> is switched off. Orders made with it keep their price.
operator-promo-usage =
    <code>/promo new CODE kind value</code>
    days 7 · percent 20 · fixed 100RUB · balance 50RUB · traffic 10 (GiB) · trial 3 (days)
    After it, as needed: limit=100 per=1 from=2026-12-01 until=2026-12-31 plans=m1,m3 min=300RUB note=…
    plans and min are for percent and fixed only.
    <code>/promo off CODE</code>
operator-no-payment = There is no such payment.
operator-payment =
    🧾 <b>Payment</b>
    <code>{ $payment }</code>
operator-buyer = Who: <code>{ $user }</code> { $name }
operator-writer-since = Here since: { $date }
operator-writer-unknown = Who: <code>{ $user }</code>. They never opened the bot.
operator-writer-hidden = Telegram does not say who wrote this: the person hides their account in forwarded messages. Ask them for their id, or for the number of a payment.
operator-deal = What: { $what }, { $price }
operator-deal-part = What: { $what }, { $price } and { $part } from the balance
operator-provider = Through: { $provider }, <code>{ $number }</code>
operator-state = State: <b>{ $state ->
    [created] created
    [awaiting] waits for the buyer
    [succeeded] credited
    [canceled] canceled
    [expired] not paid in time
    [failed] could not be opened
    [held] held: an operator decides
    [refunding] being refunded
    [partially_refunded] refunded in part
    [refunded] refunded
    [disputed] disputed by the bank
   *[other] { $state }
}</b>
operator-opened = Opened: { $date }
operator-received = Received: { $price }, { $date }
operator-refunded = Sent back to the payer: { $price }
operator-to-balance = Sent back to the balance: { $price }
operator-granted = Time: from { $from } to { $to }
operator-refunding = On its way back: { $price }, since { $date }
operator-said = <b>What the provider said:</b>
operator-alert-referral = ↩️ <b>A purchase that earned a reward was refunded.</b> <code>{ $person }</code> had got { $amount } for it; taken back: { $taken }.
operator-alert-referral-days = ↩️ <b>A purchase that earned a reward was refunded.</b> <code>{ $person }</code> had got { $amount } for it and keeps them.
operator-alert-guessing = 🕵️ <b>Somebody guesses promo codes</b>: { $count } wrong ones in a day. Who: <code>{ $user }</code>
operator-alert-hurry =
    🕵️ <b>Suspicious activity</b>

    <code>{ $user }</code> taps without end: { $count } times in a minute. Not answered until { $date }.
operator-alert-held =
    🔎 <b>Money does not match the bill</b>

    Expected { $expected }, received { $received }. The payment is held: decide what becomes of it.
operator-alert-stray =
    ❓ <b>Money without a payment</b>

    { $provider }, { $price }, number <code>{ $number }</code>. We have no such payment; we will look for it a few more times.
operator-alert-disputed =
    ⚖️ <b>The payer's bank takes money back</b>

    { $reason }
operator-alert-refund-failed =
    ⚠️ <b>A refund failed</b>

    { $reason }
operator-alert-unbalanced = ⚠️ <b>The balance sheet of { $day } shows a difference</b>
operator-alert-foreign =
    ⚠️ <b>An account is in the way</b>

    <code>{ $account }</code> in the panel “{ $panel }” belongs to somebody else. Rename or delete it there: the buyer waits.
operator-alert-node-down = 🔴 Server <b>{ $node }</b> of the panel “{ $panel }” is not connected
operator-alert-node-up = 🟢 Server <b>{ $node }</b> of the panel “{ $panel }” is back
operator-alert-gate =
    ⚠️ <b>The required channel cannot be checked</b>

    { $channel }: { $reason }

    Until the bot is an administrator there, everybody passes without joining.
operator-alert-synced =
    🔄 <b>{ $depth ->
        [look] Compared
        [repair] Compared and set right
       *[adopt] Compared, accounts taken over
    }: panel “{ $panel }”</b>
operator-alert-panel-newer =
    🆕 <b>Panel “{ $panel }” is now version { $version }</b>

    The bot does not know this version yet and treats it as the newest it knows. Check a purchase, and look for an update of the bot.
refund-title =
    ↩️ <b>Refund of { $price }</b>
    <code>{ $payment }</code>
refund-keep = Keep the time: until { $date }
refund-cut = Cut it by the same share: until { $date }
refund-end = End it: { $date }
refund-keep-traffic = Keep the traffic: { $traffic }
refund-cut-traffic = Take unused traffic in proportion: { $traffic } stays
refund-end-traffic = Take all unused traffic: { $traffic } stays
refund-time-untouched = The subscription's time does not change.
refund-whole-only = To the payer, this provider refunds whole payments only.
refund-by-hand = To the payer, this provider refunds nothing by itself: do it in its cabinet.
sheet-title = 📊 <b>Balance sheet of { $day }</b>
sheet-none = There is no sheet of this day.
sheet-empty = There were no payments.
sheet-counting = ⏳ Still being counted.
sheet-balanced = ✅ Everything matches.
sheet-unbalanced = ⚠️ <b>There is a difference.</b> The provider took another sum than the books say.
sheet-paid = Paid
sheet-books = In books
sheet-difference = Difference
sheet-held = held { $price }
sheet-refunded = sent back { $price }
sheet-unasked = not asked: { $count }
sync-title = 🔄 <b>Panels compared with the shop</b>
sync-panel = 🔄 <b>Panel “{ $panel }” compared with the shop</b>
sync-none = No panel has been compared yet. The first comparison begins within a minute after the start.
sync-running = { $panel }: { $depth ->
    [look] looking
    [repair] looking and setting right
   *[adopt] looking and taking over
} since { $date }
sync-ended = { $panel }: { $depth ->
    [look] looked
    [repair] looked and set right
   *[adopt] looked and took over
}, { $date }
sync-version = Version { $version }
sync-trouble = 🔴 The panel does not answer ({ $cause }). It goes on at { $date }.
sync-checked = Checked: { $count }
sync-found = Ours: { $count }
sync-drifted = Changed in the panel: { $count }
sync-missing = Gone from the panel: { $count }
sync-updated = Handed to delivery: { $count }
sync-movable = Could be taken over: { $count }
sync-created = Taken over: { $count }
sync-foreign = Not ours: { $count }
sync-errors = Failed: { $count }
sync-findings = <b>For example:</b>
sync-finding = <code>{ $account }</code> { $what ->
    [drifted] changed
    [missing] gone
    [movable] can be taken over
    [foreign] not ours
   *[error] failed
} { $detail }
button-sync-look = 🔍 Look now
button-sync-repair = 🔧 Set right ({ $count })
button-sync-adopt = 📥 Take over ({ $count })
button-sync-open = 🔄 Open
button-devices = 📱 Devices
button-unlink = ❌ { $name }
button-unlink-all = 🧹 Unlink all
button-unlink-all-now = 🧹 Yes, unlink all
button-new-link = 🔑 New link
button-new-link-now = 🔑 Yes, make a new link
devices-title = 📱 <b>My devices</b>
devices-count = { $count ->
    [one] { $count } device
   *[other] { $count } devices
}
devices-count-of = { $count } of { $limit }
devices-since = since { $date }
devices-none = No device has connected yet. A device appears here when its app loads your link.
devices-hint = Press a device to unlink it and make room for another.
devices-unknown = The VPN panel does not answer right now. Try again in a minute.
devices-unlink-all = Unlink <b>all</b> devices? Each that has your link can connect again. This can be done once a day.
link-reset = Make a <b>new link</b>? The old one stops working at once, on all devices: you will need to add the new one to your app. This can be done once a day.
link-reset-later = A new link was made a short while ago. The next one is possible from { $date }.
link-replaced = 🔑 <b>Your new link is ready</b>
link-replaced-apps = The old link no longer works. Remove it from your app and add this one.
