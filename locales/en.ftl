# The shop's texts. Keys and variables are those of ru.ftl; the tests of the crate `locale` check it.
# Keys button-…, alert-…, invoice-… and command-… are shown without markup, the others as Telegram's HTML.

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
button-language = 🌐 Language / Язык
button-help = ❓ Help
button-support = 💬 Support
button-status = 📊 Server status
button-terms = 📄 Terms
button-back = ⬅️ Back
button-menu = 🏠 Menu
button-plan = { $name } — { $price }
button-pay-yookassa = 💳 Card or SBP — { $price }
button-pay-stars = ⭐ Telegram Stars — { $price }
button-open-payment = 💳 Pay { $price }
button-check = ✅ I have paid
button-other-method = ⬅️ Another way
button-connect = 📲 Connect
button-qr = 🔳 QR code
button-refresh = 🔄 Refresh
button-install = ⬇️ Install { $app }
button-import = ➕ Add to { $app }
button-private = 💬 Open the bot

## Commands in Telegram's menu

command-menu = Main menu
command-buy = Buy or renew a subscription
command-subscription = My subscription
command-help = Help
command-language = Language / Язык
command-paysupport = Payment questions
command-terms = Terms

## Main menu

name-unknown = friend
menu-welcome =
    👋 Welcome, <b>{ $name }</b>!

    Getting a VPN takes two minutes here: choose a period, pay the way you like, and the link arrives in this chat.
menu-hello = 👋 Good to see you, <b>{ $name }</b>!
menu-trial-due = 🎁 You have a free trial waiting.
menu-no-subscription = You have no subscription yet.
menu-text = I understand only buttons 🙂 Here is the menu:

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
subscription-plan = 📦 Plan: { $name }
subscription-traffic = 📶 Traffic: { $used } of { $limit }
subscription-traffic-unlimited = 📶 Traffic: { $used }, unlimited
subscription-devices = 📱 Devices: up to { $count }
subscription-devices-any = 📱 Devices: any number
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

## Buying

plans-title = 🛒 <b>Choose a period</b>
plans-hint = The link arrives right after you pay.
plans-hint-renew = The new period is added to the present one: no paid day is lost.
plans-empty =
    🛒 <b>Nothing is for sale right now</b>

    Look in again a little later, or write to support.
checkout-title = 🧾 <b>{ $name }</b>
checkout-period = 🗓 Period: { $period }
checkout-traffic = 📶 Traffic: { $limit }
checkout-traffic-unlimited = 📶 Traffic: unlimited
checkout-base = 💰 Price: { $price }
checkout-total = <b>To pay: { $price }</b>
checkout-until = The price is yours until { $date }.
checkout-choose = How would you like to pay?
checkout-no-methods = No way to pay works right now. Write to support, we will help.
pay-title = 💳 <b>To pay: { $price }</b>
pay-steps =
    1. Tap “Pay” and pay by card or SBP.
    2. Come back here: your access arrives by itself.

    Nothing after a minute? Tap “I have paid” and we will check.
invoice-title = VPN: { $name }
invoice-description = VPN access: { $period }. The link arrives here right after you pay.
alert-invoice = The invoice is below 👇
paid-title = ✅ <b>Payment received, thank you!</b>
trial-title = 🎁 <b>Your trial has begun!</b>
delivering = ⏳ Preparing your access, usually a matter of seconds. The link arrives here by itself.
alert-pending = The payment has not arrived yet. It usually takes up to a minute. If you were charged, it will be credited by itself: do not pay again.
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

    It arrives the way you paid.
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
alert-quote-expired = This offer is out of date. Choose a period again for a fresh price.
alert-method-unavailable = This way to pay is not available now. Choose another one.
alert-payment-unknown = There is no such payment.
alert-already-paid = Paid already, thank you! Do not pay again.
alert-other-deal = The sum is not the agreed one. Open the bill again.
alert-not-registered = Press /start to begin.
alert-stale = This menu is out of date, here is a fresh one.
alert-stale-here = This button is out of date. Open the bot and press /start.
alert-foreign = Open the bot in private messages.
alert-provider-down = The payment service does not answer. Try again in a minute or choose another way.
alert-busy = Telegram asks us to wait. Tap again in a few seconds.
alert-try-later = We could not check the bill. You were not charged; try again in a minute.

## Notices

notice-delivered-payment = 🎉 <b>Your access is ready, thank you!</b>
notice-delivered-trial = 🎉 <b>Your trial is ready!</b>
notice-delayed-payment =
    ⏳ <b>Payment received, access is delayed</b>

    The VPN server does not answer right now. We keep trying and will send the link as soon as it does. Do not pay again.
notice-delayed-trial =
    ⏳ <b>Your trial is delayed</b>

    The VPN server does not answer right now. We keep trying and will send the link as soon as it does.
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
