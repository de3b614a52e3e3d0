# Тексты магазина. Ключи и переменные те же, что в en.ftl; тесты крейта `locale` это проверяют.
# Ключи button-…, alert-…, invoice-…, share-… и command-… показываются без разметки, остальные — как HTML Телеграма.

## Величины

period-days = { $count } { $count ->
    [one] день
    [few] дня
   *[many] дней
}
period-months = { $count } { $count ->
    [one] месяц
    [few] месяца
   *[many] месяцев
}
left-days = { $count ->
    [one] остался { $count } день
    [few] осталось { $count } дня
   *[many] осталось { $count } дней
}
left-hours = { $count ->
    [one] остался { $count } час
    [few] осталось { $count } часа
   *[many] осталось { $count } часов
}
ago-minutes = { $count } { $count ->
    [one] минуту
    [few] минуты
   *[many] минут
} назад
ago-hours = { $count } { $count ->
    [one] час
    [few] часа
   *[many] часов
} назад
ago-days = { $count } { $count ->
    [one] день
    [few] дня
   *[many] дней
} назад
date = { $day } { $month ->
    [1] января
    [2] февраля
    [3] марта
    [4] апреля
    [5] мая
    [6] июня
    [7] июля
    [8] августа
    [9] сентября
    [10] октября
    [11] ноября
   *[12] декабря
} { $year }, { $time } ({ $zone ->
    [MSK] МСК
   *[other] { $zone }
})
bytes-b = { $amount } Б
bytes-kb = { $amount } КБ
bytes-mb = { $amount } МБ
bytes-gb = { $amount } ГБ
bytes-tb = { $amount } ТБ

## Кнопки

button-trial = 🎁 Попробовать бесплатно
button-buy = 🛒 Купить подписку
button-renew = 🔄 Продлить подписку
button-subscription = 🔐 Моя подписка
button-subscriptions = 📋 Все подписки
button-add-subscription = ➕ Ещё одна подписка
button-new-subscription = ➕ Новая подписка
button-make-primary = ⭐ Сделать основной
button-rename = ✏️ Переименовать
button-unname = ↩️ Вернуть обычное название
button-more-traffic = 📶 Докупить трафик
button-package = 📶 { $traffic } — { $price }
button-language = 🌐 Язык / Language
button-help = ❓ Помощь
button-support = 💬 Поддержка
button-status = 📊 Статус серверов
button-terms = 📄 Условия
button-back = ⬅️ Назад
button-menu = 🏠 Меню
button-plan = { $name } — { $price }
button-pay-balance = 💰 С баланса — { $price }
button-pay-yookassa = 💳 Карта или СБП · ЮKassa — { $price }
button-pay-freekassa = 💳 Карта или СБП · FreeKassa — { $price }
button-pay-robokassa = 💳 Карта или СБП · Robokassa — { $price }
button-pay-wata = 💳 Карта или СБП · WATA — { $price }
button-pay-stripe = 💳 Карта · Stripe — { $price }
button-pay-paypal = 🅿️ PayPal — { $price }
button-pay-cryptopay = 🪙 Криптовалюта — { $price }
button-pay-tribute = 💎 Tribute — { $price }
button-pay-star-subscription = ⭐ Каждый месяц, само — { $price }
button-use-balance = { $on } Списать с баланса { $amount }
button-save-method = { $on } Запомнить и продлевать само
button-subscribe-stars = ⭐ Оформить: { $price } в месяц
button-profile = 👤 Профиль
button-payments = 🧾 Платежи
button-newer = ⬅️ Новее
button-older = Раньше ➡️
button-zone = 🕓 Часовой пояс
button-zone-shop = ↩️ Как в магазине
button-west = ⬅️ Западнее
button-east = Восточнее ➡️
button-email = 📧 Почта
button-email-add = ➕ Указать адрес
button-email-change = ✏️ Изменить
button-code-again = 🔁 Прислать код ещё раз
button-letters-on = 🔔 Включить письма
button-letters-off = 🔕 Отключить письма
button-balance = 💰 Баланс
button-topup = ➕ { $price }
button-promo = 🎟 Промокод
button-invite = 🤝 Пригласить друзей
button-share = 📤 Поделиться ссылкой
button-copy-link = 📋 Скопировать ссылку
button-forget-promo = ✖️ Убрать промокод
button-cancel = ✖️ Отмена
button-choose-plan = 🛒 Выбрать тариф
button-plan-reduced = { $name } — { $price } вместо { $old }
button-take-free = 🎁 Получить — { $price }
button-other-sum = ✏️ Другая сумма, { $currency }
button-history = 🧾 История платежей
button-methods = 💳 Способы оплаты
button-bind = ➕ Добавить · { $provider }
button-forget = 🗑 Удалить
button-forget-now = 🗑 Да, удалить
button-open-bind = 💳 Открыть страницу
button-check-bind = ✅ Готово
button-renewal-on = 🔁 Включить автопродление
button-renewal-off = ⏸ Отключить автопродление
button-stop-stars = ⏸ Больше не продлевать
button-pay-stars = ⭐ Telegram Stars — { $price }
button-text-edit = ✏️ Изменить { $language }
button-text-reset = ↩️ { $language } как было
button-text-save = ✅ Сохранить
button-open-payment = 💳 Оплатить { $price }
button-check = ✅ Я оплатил(а)
button-other-method = ⬅️ Другой способ
button-connect = 📲 Подключить
button-connect-more = 📲 Подключить ещё устройство
button-qr = 🔳 QR-код
button-refresh = 🔄 Обновить
button-install = ⬇️ Установить { $app }
button-import = ➕ Добавить в { $app }
button-open-shop = 🛡 Открыть
button-channel = 📢 { $name }
button-joined = ✅ Я подписался
button-private = 💬 Открыть бота

## Команды в меню Телеграма

command-start = Начать
command-menu = Главное меню
command-buy = Купить или продлить подписку
command-subscription = Моя подписка
command-gifts = Мои подарки
command-ref = Пригласить друзей
command-balance = Баланс
command-history = История платежей
command-methods = Способы оплаты
command-connect = Как подключиться
command-payment = Оператору: платёж
command-refund = Оператору: вернуть часть
command-sheet = Оператору: сверка дня
command-sync = Оператору: сверка панелей
command-promo = Оператору: промокоды
command-texts = Оператору: слова бота
command-profile = Профиль: платежи, почта, язык
command-help = Помощь
command-language = Язык / Language
command-paysupport = Вопросы об оплате
command-terms = Условия

## Главное меню

name-unknown = друг
name-nothing = пусто
name-now = в ближайшие минуты
name-balance = баланс
name-topup = пополнение баланса
name-traffic = трафик { $traffic }
name-subscription = Подписка { $no }
name-method = сохранение способа оплаты
name-unknown-device = без названия
name-unknown-amount = сумма неизвестна
menu-welcome =
    👋 <b>{ $name }</b>, добро пожаловать!

    Здесь за пару минут можно получить VPN: выберите срок, оплатите удобным способом — и ссылка для подключения придёт прямо сюда.
menu-hello = 👋 <b>{ $name }</b>, рады вас видеть!
menu-trial-due = 🎁 Вам доступен пробный период — попробуйте бесплатно.
menu-no-subscription = Подписки пока нет.
menu-invited = 🤝 Вас пригласил друг: к первой покупке добавим подарок.
menu-text = Я понимаю только кнопки 🙂 Вот меню:

## Профиль, платежи, часовой пояс

name-shop-zone = как в магазине
profile-title = 👤 <b>Профиль</b>
profile-name = 🙂 { $name }
profile-id = 🆔 <code>{ $user }</code>
profile-since = 📅 С нами с { $day }
profile-balance = 💰 Баланс: { $balance }
profile-promo = 🎟 Ждёт покупки промокод <b>{ $code }</b>
profile-language = 🌐 Язык: { $name }
profile-zone = 🕓 Часовой пояс: { $name }
payments-title = 🧾 <b>Ваши платежи</b>
payments-hint = Нажмите на платёж, чтобы увидеть подробности.
payments-none = Платежей пока нет.
paid-card-title = { $sign } <b>{ $name }</b>
paid-card-opened = 🗓 Счёт: { $date }
paid-card-paid = ✅ Оплачен: { $date }
paid-card-way = 💳 Способ: { $name }
paid-card-until = 🔐 Доступ до { $date }
paid-card-sum = <b>Сумма: { $price }</b>
paid-card-refunded = ↩️ Возвращено: { $price }
paid-card-to-balance = 💰 Возвращено на баланс: { $price }
paid-state-awaiting = ⏳ Ждём оплату.
paid-state-succeeded = ✅ Оплачен, всё зачислено.
paid-state-canceled = ✖️ Отменён, деньги не списаны.
paid-state-expired = ⌛️ Время на оплату вышло.
paid-state-held = 🔎 На проверке у оператора.
paid-state-refunding = ↩️ Возврат оформляется.
paid-state-partly = ↩️ Часть денег возвращена.
paid-state-refunded = ↩️ Деньги возвращены.
paid-state-disputed = 🔎 Платёж оспорен в банке.
zone-title =
    🕓 <b>Часовой пояс</b>

    В каком времени показывать даты?
zone-now = Сейчас: { $date }
city-baker = Остров Бейкер
city-samoa = Самоа
city-honolulu = Гонолулу
city-anchorage = Анкоридж
city-los-angeles = Лос-Анджелес
city-denver = Денвер
city-chicago = Чикаго
city-new-york = Нью-Йорк
city-caracas = Каракас
city-sao-paulo = Сан-Паулу
city-south-georgia = Южная Георгия
city-praia = Прая
city-greenwich = Гринвич
city-london = Лондон
city-kaliningrad = Калининград
city-berlin = Берлин
city-kyiv = Киев
city-istanbul = Стамбул
city-minsk = Минск
city-moscow = Москва
city-tehran = Тегеран
city-dubai = Дубай
city-samara = Самара
city-tashkent = Ташкент
city-almaty = Алматы
city-yekaterinburg = Екатеринбург
city-delhi = Дели
city-omsk = Омск
city-novosibirsk = Новосибирск
city-irkutsk = Иркутск
city-yakutsk = Якутск
city-vladivostok = Владивосток
city-magadan = Магадан
city-kamchatka = Камчатка
city-tonga = Тонга
city-kiritimati = Киритимати

## Почта и письма

email-title = 📧 <b>Почта</b>
email-line = 📧 { $email }
email-line-off = 📧 { $email }, письма отключены
email-line-refused = 📧 { $email } — письма не доходят
email-line-none = 📧 Почта не указана
email-about = Укажите адрес, и мы будем писать об оплате, возвратах и конце подписки ещё и туда — даже если Telegram недоступен. Чеки тоже придут на него.
email-about-on = Сюда приходят чеки и письма об оплате, возвратах и конце подписки.
email-about-off = Сюда приходят только чеки. Письма можно включить снова.
email-about-refused = Сервер почты говорит, что такого адреса нет. Укажите другой или подтвердите этот ещё раз.
email-ask =
    📧 <b>Какой у вас адрес?</b>

    Пришлите его сообщением — мы отправим туда код из шести цифр.
email-wrong =
    🤔 <b>Это не похоже на адрес</b>

    Пришлите его целиком, например anna@example.com.
email-code-sent =
    ✉️ <b>Отправили код на { $email }</b>

    Пришлите его сюда в течение 15 минут. Письма нет? Загляните в «Спам» и проверьте адрес: его можно прислать ещё раз.
email-code-form = 🔢 Пришлите шесть цифр из письма — или другой адрес.
email-code-wrong =
    🤷 <b>Код не подходит</b>

    Проверьте цифры. { $count ->
        [one] Осталась { $count } попытка.
        [few] Осталось { $count } попытки.
       *[many] Осталось { $count } попыток.
    }
email-code-spent =
    🤷 <b>Код не подошёл</b>

    Попытки кончились. Запросите новый код.
email-code-late = ⌛️ Этот код больше не действует. Запросите новый.
email-too-soon = ⏳ Письмо уже в пути. Ещё одно можно отправить через минуту.
email-too-many = ⏳ За час можно отправить три письма с кодом. Попробуйте позже.
email-confirmed =
    ✅ <b>Адрес подтверждён</b>

    Теперь чеки и важные письма будут приходить на него. Отключить письма можно в профиле.
email-removal =
    🗑 <b>Удалить { $email }?</b>

    Писем и чеков на этот адрес больше не будет.
notice-email-refused =
    📭 <b>Письма на { $email } не доходят</b>

    Сервер почты говорит, что такого адреса нет. Больше мы на него не пишем. Укажите другой в профиле.
letter-hello = Здравствуйте, { $name }!
letter-link = Ссылка для подключения — в боте, в разделе «Моя подписка».
letter-code =
    Ваш код: <b>{ $code }</b>

    Пришлите его боту в течение 15 минут, чтобы подтвердить адрес.
letter-code-foot = Если вы ничего не запрашивали, просто удалите это письмо: без кода адрес не подтвердить.
letter-foot = Вы получили это письмо, потому что подтвердили этот адрес в нашем боте.
letter-off = Отключить письма: откройте бота → «Профиль» → «Почта» → «Отключить письма».
letter-subject-code = Код для подтверждения адреса
letter-subject-paid = Оплата получена
letter-subject-held = Платёж на проверке
letter-subject-topped-up = Баланс пополнен
letter-subject-refunded = Возврат денег
letter-subject-renewal = Не удалось продлить подписку
letter-subject-reminder = Подписка скоро закончится
letter-subject-ended = Подписка закончилась

## Канал

name-channel = Наш канал
gate-text =
    📢 <b>Ещё один шаг</b>

    Подпишитесь на { $count ->
        [1] наш канал
       *[other] наши каналы
    } и нажмите кнопку ниже. Вы сразу попадёте туда, куда шли.

## Инлайн-режим

inline-title-own = Поделиться своей ссылкой
inline-about-own = Друг откроет магазин по вашей личной ссылке
inline-title = Открыть магазин
inline-about = Быстрый VPN за две минуты
inline-text =
    🛡 <b>VPN, который просто работает</b>

    Быстро, без рекламы, настройка за две минуты. Нажмите кнопку и попробуйте 👇

## Подписка

status-active = 🟢 Подписка действует
status-trial = 🎁 Пробный период
status-expired = 🔴 Подписка закончилась
status-preparing = ⏳ Готовим доступ
subscription-until = до { $date }
subscription-ended = { $date }
subscription-left = 🗓 { $left }
subscription-last-hour = осталось меньше часа
subscription-title = 🔐 <b>Моя подписка</b>
subscription-title-named = 🔐 <b>{ $name }</b>
subscription-primary = ⭐ Основная
subscription-which = 🔐 { $name }
subscription-extra = ➕ Из них { $traffic } докуплено, до { $date }
subscriptions-title = 🔐 <b>Мои подписки</b>
subscriptions-primary = ⭐ <b>{ $name }</b>
subscriptions-other = <b>{ $name }</b>
rename-ask =
    ✏️ <b>Как назвать «{ $name }»?</b>

    Пришлите название сообщением, до 24 символов. Его видите только вы.
rename-ask-again =
    🤔 <b>Слишком длинно</b>

    Пришлите название для «{ $name }» покороче, до 24 символов.
subscription-plan = 📦 Тариф: { $name }
subscription-traffic = 📶 Трафик: { $used } из { $limit }
subscription-traffic-unlimited = 📶 Трафик: { $used }, без ограничений
subscription-devices = 📱 Устройства: до { $count }
subscription-devices-any = 📱 Устройства: без ограничений
subscription-online = 📡 Сейчас в сети
subscription-last-online = 📡 В сети: { $ago }
subscription-first-online = впервые { $day }
subscription-never-online = 📡 Подключений пока не было
subscription-as-of = 🕓 Данные: { $ago }
subscription-link =
    🔗 Ссылка для приложения (нажмите, чтобы скопировать):
    <code>{ $link }</code>
subscription-secret = Не пересылайте её: это ваш личный ключ.
subscription-preparing = Ссылка появится здесь и придёт сообщением, обычно это занимает несколько секунд.
subscription-none =
    🔐 <b>Моя подписка</b>

    Пока её нет. Выберите срок — ссылка придёт сразу после оплаты.
subscription-none-trial =
    🔐 <b>Моя подписка</b>

    Пока её нет. Начните с пробного периода — это бесплатно.

## Слишком быстро

pace-too-fast = ⏳ Слишком быстро. Подождите { $count } { $count ->
    [one] секунду
    [few] секунды
   *[many] секунд
}.
pace-stopped =
    ✋ Слишком много нажатий подряд, бот сделал паузу.

    Он ответит снова после { $date }. Оплаченное никуда не денется.

## Промокоды и вопросы

promo-ask =
    🎟 <b>Промокод</b>

    Пришлите его сообщением.
promo-wrong =
    🤷 <b>Этот код не работает</b>

    Проверьте, нет ли опечатки. У кодов есть срок и число применений, и не каждый код — для всех.
promo-later =
    ⏳ <b>Слишком много попыток</b>

    Попробуйте через десять минут.
promo-chosen =
    🎉 <b>Код подошёл: скидка { $amount }</b>

    Она сработает при следующей покупке — выберите тариф.
promo-days =
    🎉 <b>Код сработал: +{ $amount }</b>

    Доступ действует до { $date }.
promo-balance =
    🎉 <b>Код сработал: +{ $amount }</b>

    Теперь на балансе: { $balance }.
promo-traffic =
    🎉 <b>Код сработал: +{ $amount } трафика</b>

    Он ваш до { $date }.
promo-trial-later =
    🎉 <b>Код сработал: +{ $amount } пробного периода</b>

    Они прибавятся, когда вы его начнёте.
topup-ask =
    ✏️ <b>На сколько пополнить?</b>

    Пришлите число: от { $least } до { $most }.
topup-ask-again =
    🤔 <b>Такая сумма не подходит</b>

    Пришлите просто число: от { $least } до { $most }.

## Друзья

invite-title = 🤝 <b>Пригласить друзей</b>
invite-days = Когда друг, пришедший по вашей ссылке, купит подписку, дни доступа получите вы оба:
invite-days-line = • { $period }: вам { $yours }, другу { $theirs }
invite-days-alone = Когда друг, пришедший по вашей ссылке, купит подписку, вы получите дни доступа:
invite-days-line-alone = • { $period }: { $yours }
invite-percent = Когда друг, пришедший по вашей ссылке, купит подписку, вы получите на баланс { $yours } от его оплаты.
invite-percent-both = Когда друг, пришедший по вашей ссылке, купит подписку, вы получите на баланс { $yours } от его оплаты, а он — { $theirs } на свой.
invite-first = Считается первая покупка друга.
invite-each = Считается каждая покупка друга.
invite-cap = За 30 дней — не больше { $count } { $count ->
    [one] награды
   *[other] наград
}.
invite-link =
    🔗 Ваша ссылка (нажмите, чтобы скопировать):
    <code>{ $link }</code>
invite-figures = 👥 Пришли по вашей ссылке: { $invited } · купили: { $bought }
invite-earned = 🎁 Вы заработали: { $earned }
invite-waiting = ⏳ Ждут вашей следующей подписки: { $days }
invite-words = 🛡 VPN, который просто работает: быстро, без рекламы, настройка за две минуты 👇
invite-words-gift = 🛡 VPN, который просто работает: быстро, без рекламы, настройка за две минуты. Приходите по моей ссылке — к первой покупке добавят подарок 👇
paid-bonus-days = 🎁 +{ $amount } за приглашение от друга — уже учтено.
paid-bonus-money = 🎁 +{ $amount } на баланс за приглашение от друга.
notice-friend-joined =
    🤝 <b>По вашей ссылке пришёл друг!</b>

    Всего пришли: { $count }. Когда друг купит подписку, награда придёт сама.
notice-rewarded-days =
    🎁 <b>Друг купил подписку: вам +{ $amount }!</b>

    Доступ продлён до { $date }. Спасибо, что советуете нас!
notice-rewarded-waiting =
    🎁 <b>Друг купил подписку: вам +{ $amount }!</b>

    Сейчас у вас нет действующей подписки, поэтому они ждут: добавим их к следующей покупке.
notice-rewarded-money =
    🎁 <b>Друг купил подписку: +{ $amount } на ваш баланс!</b>

    На балансе: { $balance }. Спасибо, что советуете нас!
notice-reward-reversed =
    ↩️ <b>Другу вернули деньги за покупку</b>

    Награда за неё списана: { $amount }. На балансе: { $balance }.

## Подарки

gift-plans-title = 🎁 <b>Доступ в подарок</b>
gift-plans-hint = Выберите срок. После оплаты придёт ссылка, которая открывается один раз, — отправьте её кому хотите.
gift-checkout-title = 🎁 <b>Подарок: { $name }</b>
pay-steps-gift =
    1. Нажмите «Оплатить» и заплатите на открывшейся странице.
    2. Вернитесь сюда: ссылка на подарок придёт сама.

    Прошла минута, а её нет? Нажмите «Я оплатил» — проверим.
gift-ready =
    🎁 <b>Подарок готов: { $name }</b>

    Отправьте ссылку тому, кому он предназначен. Подарок получит тот, кто откроет её первым.
gift-link = <code>{ $link }</code>
gift-waits-until = Если его никто не откроет до { $date }, мы вернём деньги на ваш баланс.
gift-waits-for-ever = Он подождёт, сколько понадобится.
share-gift = У меня для тебя подарок: VPN, { $period }. Нажми на ссылку, чтобы открыть 🎁
gift-offered =
    🎁 <b>Вам подарок!</b>

    От кого: { $from }
gift-own =
    🎁 <b>Это ваш подарок</b>

    Отправьте ссылку тому, кому он предназначен. Или откройте сами: тогда он станет вашим, а ссылка перестанет работать.
gift-added = Он прибавится к тому, что у вас есть: оплаченные дни не сгорят.
gift-taken = 🎉 <b>Подарок ваш!</b>
gift-opened-before =
    📭 <b>Этот подарок уже открыт</b>

    Каждый подарок открывается один раз. Если он предназначался вам, спросите того, кто прислал ссылку.
gift-gone =
    ↩️ <b>Этот подарок вернулся</b>

    Деньги возвращены тому, кто его дарил, поэтому открыть его уже нельзя.
gift-unknown =
    🤷 <b>По этой ссылке подарка нет</b>

    Проверьте, вся ли она: возможно, часть потерялась.
my-gifts-title = 🎁 <b>Мои подарки</b>
my-gifts-none = Вы пока ничего не дарили. А это приятно!
my-gifts-waits-until = 🟡 { $day } · { $name } — ждёт до { $date }
my-gifts-waits = 🟡 { $day } · { $name } — ждёт, когда его откроют
my-gifts-opened = 🟢 { $day } · { $name } — открыт { $date }
my-gifts-returned = ↩️ { $day } · { $name } — вернулся { $date }: { $price } на вашем балансе
my-gifts-withdrawn = ⚪️ { $day } · { $name } — оплата возвращена { $date }
notice-gift-opened =
    💝 <b>Ваш подарок открыли: { $name }</b>

    Спасибо, что делитесь!
notice-gift-waits =
    🎁 <b>Ваш подарок всё ещё ждёт: { $name }</b>

    Его пока никто не открыл. Может быть, ссылка потерялась — отправьте её ещё раз.
notice-gift-returned =
    ↩️ <b>{ $price } вернулись на ваш баланс</b>

    Подарок «{ $name }» никто не открыл вовремя. Теперь на балансе: { $balance }.
notice-delivered-gift = 🎁 <b>Подарок на месте!</b>
notice-delayed-gift =
    ⏳ <b>Подарок задерживается</b>

    Он уже ваш, но сервер VPN сейчас не отвечает. Продолжаем пробовать и напишем, как только он ответит.
history-gift = { $day } · 🎁 подарок, { $name } — { $price }
history-gift-part = { $day } · 🎁 подарок, { $name } — { $price }, с баланса { $part }
history-gift-returned = { $day } · ↩️ неоткрытый подарок, на баланс — { $price }
history-gift-opened = { $day } · 🎁 вы открыли подарок: { $name }
name-gift = подарок: { $name }
name-somebody = добрый человек
invoice-gift-title = Подарок: { $name }
invoice-gift-description = Доступ к VPN для близкого человека: { $period }. Ссылка на подарок придёт сюда сразу после оплаты.
button-give = 🎁 В подарок
button-my-gifts = 🎁 Мои подарки
button-share-gift = 📤 Отправить другу
button-share-one-gift = 📤 { $name }
button-copy-gift = 📋 Скопировать ссылку
button-take-gift = 🎁 Принять подарок
button-take-own = 🎁 Открыть самому

## Покупка

plans-title = 🛒 <b>Выберите срок</b>
plans-hint = Ссылка для подключения придёт сразу после оплаты.
plans-hint-renew = Новый срок прибавится к текущему: оплаченные дни не сгорят.
plans-empty =
    🛒 <b>Сейчас в продаже ничего нет</b>

    Загляните чуть позже или напишите в поддержку.
choose-subscription = 🔐 Для какой подписки?
packages-title = 📶 <b>Больше трафика</b>
packages-lasts = { $resets ->
    [day] Пакет добавляется сразу и действует сутки. Продлите подписку — неистраченное останется.
    [week] Пакет добавляется сразу и действует неделю. Продлите подписку — неистраченное останется.
    [month] Пакет добавляется сразу и действует месяц. Продлите подписку — неистраченное останется.
   *[never] Пакет добавляется сразу и действует до конца подписки. Продлите её — неистраченное останется.
}
packages-none = Пакетов трафика сейчас нет. Напишите в поддержку — поможем.
plans-promo = 🎟 Промокод <b>{ $code }</b>: скидка { $amount }. Новая цена — на кнопках ниже.
plans-promo-idle = 🎟 Промокод <b>{ $code }</b> сейчас не действует на эти тарифы.
checkout-promo = 🎟 Промокод { $code }: { $price }
checkout-title = 🧾 <b>{ $name }</b>
checkout-new = ➕ Новая подписка, со своей ссылкой
checkout-traffic-title = 📶 <b>Трафик: { $traffic }</b>
checkout-period = 🗓 Срок: { $period }
checkout-traffic = 📶 Трафик: { $limit }
checkout-traffic-unlimited = 📶 Трафик: без ограничений
checkout-base = 💰 Цена: { $price }
checkout-from-balance = 👛 С баланса: { $price }
checkout-saves = 🔁 Если платёжный сервис это умеет, способ оплаты сохранится, и за сутки до конца мы продлим подписку сами. Отключить это можно в любой момент в «Моей подписке».
checkout-star-subscription = ⭐ «Каждый месяц» — подписка в звёздах: Telegram продлевает её каждые 30 дней, остановить можно в любой момент.
checkout-total = <b>К оплате: { $price }</b>
checkout-until = Цена закреплена за вами до { $date }.
checkout-choose = Как вам удобнее заплатить?
checkout-free = Платить ничего не нужно — просто нажмите «Получить».
checkout-no-methods = Сейчас ни один способ оплаты не работает. Напишите в поддержку — поможем.
pay-title = 💳 <b>Оплата: { $price }</b>
pay-steps =
    1. Нажмите «Оплатить» и заплатите на открывшейся странице.
    2. Вернитесь сюда: доступ придёт сам.

    Не пришёл за минуту? Нажмите «Я оплатил(а)» — проверим.
pay-steps-traffic =
    1. Нажмите «Оплатить» и оплатите на открывшейся странице.
    2. Вернитесь сюда: трафик добавится сам, ссылка прежняя.

    Прошла минута, а трафика нет? Нажмите «Я оплатил» — мы проверим.
pay-steps-topup =
    1. Нажмите «Оплатить» и заплатите на открывшейся странице.
    2. Вернитесь сюда: деньги сами окажутся на балансе.

    Не пришли за минуту? Нажмите «Я оплатил(а)» — проверим.
bind-title = 💳 <b>Новый способ оплаты</b>
bind-steps =
    1. Откройте страницу и подтвердите способ оплаты. Покупки при этом нет.
    2. Вернитесь сюда и нажмите «Готово».
subscribe-stars =
    ⭐ <b>Подписка в звёздах: { $price } в месяц</b>

    Telegram списывает звёзды сразу, а потом каждые 30 дней, и подписка продлевается сама. Остановить можно в любой момент: кнопкой в «Моей подписке» или в настройках Telegram («Мои звёзды»).
invoice-title = VPN: { $name }
invoice-subscription = Доступ к VPN: { $period }, продлевается само. Ссылка придёт сюда сразу после оплаты.
invoice-topup-title = Пополнение баланса
invoice-topup-description = Деньги окажутся на вашем балансе сразу после оплаты.
invoice-traffic-title = Трафик: { $traffic }
invoice-traffic-description = Трафик добавится к подписке сразу после оплаты.
invoice-description = Доступ к VPN: { $period }. Ссылка придёт сюда сразу после оплаты.
alert-invoice = Счёт ниже 👇
paid-title = ✅ <b>Оплата получена, спасибо!</b>
trial-title = 🎁 <b>Пробный период начался!</b>
delivering = ⏳ Готовим доступ, обычно это занимает несколько секунд. Ссылка придёт сюда сама.
alert-pending = Платёж пока не поступил. Обычно это занимает до минуты. Если деньги списаны, всё зачислится само — платить ещё раз не нужно.
paid-topup =
    ✅ <b>Оплата получена, спасибо!</b>

    Деньги на балансе: { $balance }.
paid-traffic =
    ✅ <b>Оплата получена, спасибо!</b>

    📶 { $traffic } уже добавляются к подписке — обычно это секунды.
paid-method =
    ✅ <b>Готово</b>

    Способ оплаты сохранён.
closed-canceled =
    ✖️ <b>Платёж отменён</b>

    Деньги не списаны. Можно попробовать ещё раз или выбрать другой способ.
closed-expired =
    ⌛️ <b>Время на оплату вышло</b>

    Если вы всё-таки заплатили, деньги зачислятся сами. Если нет — начните заново.
closed-held =
    🔎 <b>Платёж на проверке</b>

    Деньги пришли, но не сошлись со счётом. Они не потеряются: с платежом разберётся оператор. Чтобы вышло быстрее, напишите в поддержку и назовите номер.
    Номер платежа: <code>{ $payment }</code>
closed-refunded =
    ↩️ <b>Деньги возвращены</b>

    Тем же способом, которым вы платили, или на ваш баланс здесь.
    Номер платежа: <code>{ $payment }</code>
closed-refunding =
    ↩️ <b>Возврат оформляется</b>

    Номер платежа: <code>{ $payment }</code>

## Подключение

connect-title =
    📲 <b>Подключение</b>

    На чём будете пользоваться VPN?
connect-steps =
    📲 <b>{ $platform }</b>

    1. Установите приложение — любое из списка.
    2. Нажмите «Добавить»: подписка откроется в приложении сама.
    3. Включите соединение.

    Не открылось? Скопируйте ссылку и вставьте её в приложение:
    <code>{ $link }</code>
connect-none =
    📲 <b>Подключение</b>

    Ссылки пока нет: сначала нужна действующая подписка.
qr-caption =
    🔳 Наведите камеру приложения VPN на этот код.

    Не показывайте его другим: это ваш личный ключ.

## Страница, открывающая приложение

open-title = Открываем { $app }
open-text = Если приложение не открылось само, нажмите кнопку.
open-button = Открыть { $app }
open-copy = Не помогло? Скопируйте ссылку и вставьте её в приложение:
open-bad = Ссылка устарела или повреждена. Вернитесь в бот и нажмите кнопку ещё раз.

## Помощь и язык

help-text =
    ❓ <b>Помощь</b>

    <b>Как подключиться?</b>
    «Моя подписка» → «Подключить»: выберите устройство, установите приложение и добавьте в него ссылку.

    <b>Оплатили, а доступа нет?</b>
    Нажмите «Я оплатил(а)» под счётом. Деньги зачисляются и без этого, чуть позже.

    <b>Не работает VPN?</b>
    Обновите подписку в приложении и попробуйте другой сервер из списка.

    Команды: /menu — меню, /buy — купить, /subscription — моя подписка, /language — язык.
help-support = Не помогло? Напишите в поддержку — ответит человек.
help-payments =
    💳 <b>Вопросы об оплате</b>

    Напишите в поддержку дату, сумму и способ оплаты — найдём платёж и поможем, в том числе с возвратом.
    Ваш номер: <code>{ $user }</code>
help-terms = 📄 <b>Условия</b>
help-terms-open = Условия открываются кнопкой ниже.
help-terms-none = Условия пришлёт поддержка.
language-title =
    🌐 <b>Язык</b>

    На каком языке говорить с вами?
group-hint = Я работаю в личных сообщениях — нажмите кнопку ниже.

## Отказы и сбои

alert-trial-off = Пробный период сейчас не предлагается.
alert-trial-used = Пробный период уже был: он даётся один раз.
alert-has-subscription = У вас уже есть подписка, пробный период — для новых.
alert-plan-unavailable = Этот тариф больше не продаётся. Вот те, что есть сейчас.
alert-quote-expired = Это предложение устарело. Выберите ещё раз — цена обновится.
alert-method-unavailable = Так заплатить сейчас нельзя. Выберите другой способ.
alert-payment-unknown = Такого платежа не нашлось.
alert-already-paid = Уже оплачено, спасибо! Платить ещё раз не нужно.
alert-other-deal = Сумма не совпадает с ценой. Откройте счёт заново.
alert-not-registered = Нажмите /start, чтобы начать.
alert-not-joined = Telegram пока не видит вас среди подписчиков. Откройте канал, нажмите «Подписаться», а потом эту кнопку ещё раз.
alert-stale = Это меню устарело, вот свежее.
alert-stale-here = Эта кнопка устарела. Откройте бота и нажмите /start.
alert-foreign = Откройте бота в личных сообщениях.
alert-not-enough = На балансе не хватает денег.
alert-bad-amount = Такая сумма не подходит.
alert-not-refundable = Сейчас вернуть нельзя: возврат уже идёт, или возвращать нечего.
alert-method-unknown = Сохранённого способа оплаты нет. Добавьте его или пополните баланс.
alert-no-subscription = Подписки пока нет.
alert-too-many = Больше подписок оформить нельзя. Можно продлить одну из ваших.
alert-bad-name = Название слишком длинное: до 24 символов.
alert-no-traffic = К этой подписке сейчас нельзя добавить трафик: она закончилась, или трафик в ней не ограничен.
alert-made-primary = Теперь это основная подписка
alert-no-panel = Такой панели нет.
alert-too-soon = Вы делали это совсем недавно. Подождите немного.
alert-unlinked = Готово. Если у устройства есть ваша ссылка, оно сможет подключиться снова.
alert-panel-down = Панель VPN сейчас не отвечает. Ничего не изменилось, попробуйте через минуту.
alert-link-coming = Панель пока не подтвердила. Новая ссылка придёт в этот чат через минуту.
alert-provider-down = Платёжный сервис не отвечает. Новый счёт не открыт, и по нему ничего не спишется. Выберите другой способ или попробуйте через минуту.
alert-check-later = Платёжный сервис сейчас не отвечает. Если вы заплатили, деньги зачислятся сами — платить ещё раз не нужно.
alert-bind-down = Платёжный сервис не отвечает. Ничего не сохранено, попробуйте через минуту.
alert-stop-failed = Telegram не смог остановить подписку. Остановите её в настройках Telegram, раздел «Мои звёзды».
alert-stopped = Больше не продлевается. Доступ остаётся до конца оплаченного срока.
alert-renews-elsewhere = Эту подписку уже продлевает другой сервис: сначала остановите её там.
alert-bind-pending = Пока не подтверждено. Обычно это занимает до минуты, попробуйте ещё раз.
alert-refund-asked = Возврат записан. Ответа пока нет: магазин сам доведёт его до конца.
alert-refund-open = Telegram ещё не ответил. Откройте платёж позже и нажмите «Повторить возврат»: дважды деньги не вернутся.
alert-refund-done = Готово, деньги возвращены.
alert-refund-failed = Возврат не удался, платёж прежний.
alert-payment-changed = Платёж изменился, посмотрите ещё раз.
alert-released = Готово.
alert-busy = Телеграм просит подождать. Нажмите ещё раз через несколько секунд.
alert-too-fast = Слишком быстро. Подождите { $count } { $count ->
    [one] секунду
    [few] секунды
   *[many] секунд
}.
alert-stopped-for-a-while = Слишком много нажатий. Бот ответит снова после { $date }.
alert-text-saved = Сохранено. Весь бот заговорит так в течение пяти минут.
alert-text-reset = Снова как было.
alert-text-gone = Сохранять нечего.
alert-text-same = Так и написано.
alert-text-many = Своими словами написано уже 300 текстов. Сначала верните какой-нибудь.
alert-text-unfit = Этот текст больше не подходит. Пришлите другой.
alert-try-later = Не получилось проверить счёт. Деньги не списаны, попробуйте ещё раз через минуту.

## Уведомления

notice-delivered-payment = 🎉 <b>Доступ готов, спасибо за покупку!</b>
notice-delivered-traffic = 📶 <b>Трафик добавлен, спасибо за покупку!</b>
notice-delivered-trial = 🎉 <b>Пробный доступ готов!</b>
notice-delayed-payment =
    ⏳ <b>Оплата получена, доступ задерживается</b>

    Сервер VPN сейчас не отвечает. Мы повторяем попытки и пришлём ссылку, как только он ответит. Платить ещё раз не нужно.
notice-delayed-traffic =
    ⏳ <b>Оплата получена, трафик задерживается</b>

    Сервер VPN временно не отвечает. Трафик добавится сам, как только он вернётся, — мы сразу напишем.
notice-delayed-trial =
    ⏳ <b>Пробный доступ задерживается</b>

    Сервер VPN сейчас не отвечает. Мы повторяем попытки и пришлём ссылку, как только он ответит.
notice-delivered-promo = 🎉 <b>Бонус начислен!</b>
notice-delayed-promo =
    ⏳ <b>Бонус задерживается</b>

    Код сработал, но сервер VPN сейчас не отвечает. Продолжаем пробовать и напишем, как только он ответит.
notice-reminder =
    ⏰ <b>{ $kind ->
        [trial] Пробный период скоро закончится
       *[paid] Подписка скоро закончится
    }</b>

    Действует до { $date } — { $left }.
notice-reminder-renew = { $kind ->
    [trial] Понравилось? Купите подписку, и VPN не отключится.
   *[paid] Продлите сейчас: новый срок прибавится к текущему, дни не сгорят.
}
notice-ended =
    🔴 <b>{ $kind ->
        [trial] Пробный период закончился
       *[paid] Подписка закончилась
    }</b>

    { $date }
notice-ended-renew = { $kind ->
    [trial] Купите подписку — ссылка останется прежней.
   *[paid] Продлите её — настраивать ничего не придётся, ссылка останется прежней.
}
notice-traffic-near =
    📶 <b>Использовано { $percent } % трафика</b>

    Осталось { $left } из { $limit }.
notice-traffic-out =
    🚫 <b>Трафик закончился</b>

    Использованы все { $limit }, VPN пока не работает.
notice-traffic-advice = { $resets ->
    [day] Завтра счётчик обнулится сам. Нужно раньше? После новой оплаты счёт сразу начнётся заново, а дни не сгорят.
    [week] Счётчик обнуляется раз в неделю. Нужно раньше? После новой оплаты счёт сразу начнётся заново, а дни не сгорят.
    [month] Счётчик обнуляется раз в месяц. Нужно раньше? После новой оплаты счёт сразу начнётся заново, а дни не сгорят.
   *[never] После новой оплаты счёт сразу начнётся заново, а дни не сгорят.
}
notice-first-connection =
    🎉 <b>Всё работает!</b>

    Первое подключение прошло — приятного пользования. Эту же ссылку можно добавить и на другие свои устройства.
notice-not-connected =
    📲 <b>Доступ готов и ждёт вас</b>

    Подключений пока не было. Настройка занимает пару минут: выберите устройство, и мы проведём по шагам.
notice-device-added =
    📱 <b>Новое устройство: { $device }</b>

    Его добавили в вашу подписку. Если это не вы, отвяжите его и сделайте новую ссылку: обе кнопки есть в «Моей подписке».
notice-link-changed =
    🔗 <b>У подписки новая ссылка</b>

    Старая больше не работает. Добавьте новую в приложение — срок и тариф прежние.
notice-topped-up =
    💰 <b>На баланс пришло { $price }</b>

    Сейчас на балансе: { $balance }.
notice-shortfall = Сама покупка не состоялась: пока шла оплата, деньги с баланса были потрачены или подписка закончилась. Вся оплата осталась на балансе — она пойдёт в следующую покупку.
notice-refunded-balance = ↩️ <b>На баланс возвращено { $price }</b>
notice-refunded-payer =
    ↩️ <b>Возвращено { $price }</b>

    Деньги придут тем же способом, которым вы платили.
notice-refunded-until = Подписка действует до { $date }.
notice-payment-number = Номер платежа: <code>{ $payment }</code>
notice-method-saved =
    💳 <b>Способ оплаты сохранён</b>

    { $title }. Его и автопродление всегда можно отключить.
notice-renewal-failed =
    ⚠️ <b>Не получилось продлить подписку</b>

    Она действует до { $date }. Мы попробуем ещё раз; можно продлить её и самостоятельно или сменить способ оплаты.
notice-renewal-failed-last =
    ⚠️ <b>Не получилось продлить подписку</b>

    Она действует до { $date }, и сами мы больше не попробуем. Продлите её, чтобы VPN не отключился.
notice-renews-method = 🔁 Делать ничего не нужно: за сутки до конца мы продлим её сами — с баланса, если его хватит, или через { $title }.
notice-renews-balance = 🔁 За сутки до конца мы продлим её сами, если на балансе хватит денег. Сейчас там { $balance }.
notice-renews-stars = 🔁 Делать ничего не нужно: подписку продлит Telegram.
notice-renews-tribute = 🔁 Делать ничего не нужно: подписку продлит Tribute.

## Баланс и история

topup-title = 💰 <b>Пополнение баланса</b>
topup-sum = Сумма: { $price }
balance-title = 💰 <b>Баланс: { $balance }</b>
balance-hint = Балансом можно платить за подписку, целиком или частично.
balance-hint-topup = Балансом можно платить за подписку, целиком или частично. На сколько пополнить?
balance-latest = <b>Последнее:</b>
history-title = 🧾 <b>История платежей</b>
history-empty = Платежей пока не было.
history-referral = { $day } · 🤝 покупка друга — +{ $gift }
history-referral-bonus = { $day } · 🎁 подарок за приглашение от друга — +{ $gift }
history-referral-reversed = { $day } · ↩️ награда за возвращённую покупку — −{ $price }
history-promo = { $day } · 🎟 промокод { $code } — +{ $gift }
history-promo-off = { $day } · 🎟 промокод { $code } — −{ $price }
history-bought = { $day } · 🛒 { $name } — { $price }
history-bought-part = { $day } · 🛒 { $name } — { $price }, с баланса { $part }
history-topped-up = { $day } · ➕ пополнение — { $price }
history-to-balance = { $day } · ↩️ возврат на баланс — { $price }
history-refunded = { $day } · ↩️ возврат — { $price }
history-held = { $day } · 🔎 на проверке — { $price }

## Способы оплаты и автопродление

methods-title = 💳 <b>Способы оплаты</b>
methods-none = Сохранённых способов пока нет. Отметьте «Запомнить» при оплате — и подписка будет продлеваться сама.
methods-default = ✅ { $title } · { $provider }
methods-other = ▫️ { $title } · { $provider }
methods-hint = Продлеваем отмеченным ✅. Нажмите на другой, чтобы выбрать его.
methods-forget = Удалить <b>{ $title }</b>? Списывать с него мы больше не сможем.
methods-forget-last = Удалить <b>{ $title }</b>? Списывать с него мы больше не сможем, и автопродление будет работать только с баланса.
renewal-off = ⏸ Автопродление выключено.
renewal-failed = ⚠️ Автопродление включено, но списать не получилось. Продлите подписку сами.
renewal-nothing = ⚠️ Автопродление включено, но списать не с чего: добавьте способ оплаты или пополните баланс.
renewal-balance = 🔁 Автопродление: { $when } — { $price } с баланса.
renewal-method = 🔁 Автопродление: { $when } — { $price }, { $title }.
renewal-stars = 🔁 Продлевает Telegram, каждые 30 дней. Остановить: настройки Telegram → «Мои звёзды».
renewal-stars-stop = 🔁 Продлевает Telegram, каждые 30 дней. Остановить можно кнопкой ниже или в настройках Telegram, раздел «Мои звёзды».
renewal-tribute = 🔁 Продлевает Tribute. Остановить можно там же, в приложении @tribute.

## Тексты своими словами

texts-title = ✏️ <b>Тексты бота</b>: { $count }
texts-none = Ничего не нашлось. Поищите другие слова: <code>/texts пробный</code>
texts-hint = Поиск по словам: <code>/texts пробный</code>
texts-about =
    <code>{ $key }</code> · { $place ->
        [message] в сообщении
        [caption] под картинкой
        [alert] во всплывающем окне
        [button] на кнопке
        [card] в счёте или карточке
       *[part] внутри других текстов
    }, не длиннее { $limit } знаков
    Переменные: { $given }
texts-delivered = <b>{ $language }</b>, как было
texts-own = <b>{ $language }</b>, своими словами
texts-ask =
    Пришлите новый текст, <b>{ $language }</b>. Переменные в фигурных скобках оставьте как есть; в сообщениях работают теги &lt;b&gt;, &lt;i&gt;, &lt;u&gt;, &lt;s&gt;, &lt;code&gt;, &lt;a href&gt; и &lt;blockquote&gt;.

    Сейчас написано:
texts-preview = Так это будет выглядеть, <b>{ $language }</b>, <code>{ $key }</code>:
texts-wrong =
    ⚠️ { $reason ->
        [empty] Ничего не будет видно.
        [source] Текст слишком длинный: не больше { $detail } байт.
        [unreadable] Текст не читается: { $detail }. Одиночная скобка пишется как {"{"}"{"{"}"{"}"}.
        [default] Выбору нужна форма для всего остального: *[other].
        [variable] Переменной { $detail } здесь нет.
        [reference] { $detail } здесь не работает.
        [markup] Разметка не подходит: { $detail }. Закройте каждый тег, а &lt; пишите как &amp;lt;.
        [long] Слишком длинно: { $detail } знаков.
       *[unknown] Такого текста больше нет.
    }

    Пришлите другой ({ $language }) или отмените.

## Операторам

button-open-case = 🔎 Открыть платёж
button-sheet = 📊 Открыть сверку
button-release-ordered = ✅ Выдать как заказано
button-release-balance = 💰 Зачислить на баланс
button-refund-again = 🔁 Повторить возврат
button-refund-all = ↩️ Вернуть { $price }
button-refund-half = ↩️ Половину, { $price }
button-refund-payer = 👤 Плательщику{ $time ->
    [keep] {""}, срок оставить
    [cut] {""}, срок сократить
    [end] {""}, срок закончить
   *[only] {""}
}
button-refund-balance = 💰 На баланс{ $time ->
    [keep] {""}, срок оставить
    [cut] {""}, срок сократить
    [end] {""}, срок закончить
   *[only] {""}
}
operator-usage =
    <b>Команды оператора</b>

    /payment НОМЕР — платёж
    /refund НОМЕР СУММА — вернуть часть
    /sheet ГГГГ-ММ-ДД — сверка дня (без даты — вчера)
    /sync — сверка панелей с магазином
    /promo — промокоды
    /texts — слова бота, которые можно заменить своими
operator-promo-title = 🎟 <b>Промокоды</b>
operator-promo-none = Пока ни одного.
operator-promo-line = 🟢 <code>{ $code }</code> · { $kind } { $amount } · применён { $used } из { $limit }, занято { $held }
operator-promo-line-off = ⚪️ <code>{ $code }</code> · { $kind } { $amount } · применён { $used } из { $limit }, занято { $held }
operator-promo-until = до { $date }
operator-promo-note = { $note }
operator-promo-made =
    ✅ <b>Промокод готов</b>

    Ссылка: { $link }
operator-promo-exists = Такой промокод уже есть.
operator-promo-unknown = Такого промокода нет.
operator-promo-off = ⚪️ Промокод <code>{ $code }</code> выключен. Заказы, сделанные с ним, сохранят цену.
operator-promo-usage =
    <code>/promo new КОД вид значение</code>
    days 7 · percent 20 · fixed 100RUB · balance 50RUB · traffic 10 (ГиБ) · trial 3 (дня)
    Дальше, что нужно: limit=100 per=1 from=2026-12-01 until=2026-12-31 plans=m1,m3 min=300RUB note=…
    plans и min — только для percent и fixed.
    <code>/promo off КОД</code>
operator-no-payment = Такого платежа не нашлось.
operator-payment =
    🧾 <b>Платёж</b>
    <code>{ $payment }</code>
operator-buyer = Кто: <code>{ $user }</code> { $name }
operator-writer-since = С нами: { $date }
operator-writer-unknown = Кто: <code>{ $user }</code>. Бота этот человек не открывал.
operator-writer-hidden = Telegram не говорит, кто это написал: автор скрывает свой аккаунт при пересылке. Спросите у него его id или номер платежа.
operator-deal = Что: { $what }, { $price }
operator-deal-part = Что: { $what }, { $price } и с баланса { $part }
operator-provider = Через: { $provider }, <code>{ $number }</code>
operator-state = Состояние: <b>{ $state ->
    [created] создан
    [awaiting] ждёт оплаты
    [succeeded] зачислен
    [canceled] отменён
    [expired] не оплачен в срок
    [failed] не открылся
    [held] задержан: решает оператор
    [refunding] возвращается
    [partially_refunded] возвращён частично
    [refunded] возвращён
    [disputed] оспорен банком
   *[other] { $state }
}</b>
operator-opened = Открыт: { $date }
operator-received = Пришло: { $price }, { $date }
operator-refunded = Возвращено плательщику: { $price }
operator-to-balance = Возвращено на баланс: { $price }
operator-granted = Срок: с { $from } до { $to }
operator-refunding = Возвращается: { $price }, с { $date }
operator-said = <b>Что сказал провайдер:</b>
operator-alert-referral = ↩️ <b>Возвращена покупка, за которую дали награду.</b> <code>{ $person }</code> получил { $amount }; списано: { $taken }.
operator-alert-referral-days = ↩️ <b>Возвращена покупка, за которую дали награду.</b> <code>{ $person }</code> получил { $amount } и сохраняет их.
operator-alert-guessing = 🕵️ <b>Кто-то подбирает промокоды</b>: неверных за сутки — { $count }. Кто: <code>{ $user }</code>
operator-alert-hurry =
    🕵️ <b>Подозрительная активность</b>

    <code>{ $user }</code> жмёт без остановки: { $count } раз за минуту. Не отвечаем до { $date }.
operator-alert-held =
    🔎 <b>Деньги не сошлись со счётом</b>

    Ждали { $expected }, пришло { $received }. Платёж задержан: решите, что с ним делать.
operator-alert-stray =
    ❓ <b>Деньги без платежа</b>

    { $provider }, { $price }, номер <code>{ $number }</code>. Такого платежа у нас нет; мы поищем его ещё несколько раз.
operator-alert-disputed =
    ⚖️ <b>Банк плательщика отзывает деньги</b>

    { $reason }
operator-alert-refund-failed =
    ⚠️ <b>Возврат не удался</b>

    { $reason }
operator-alert-unbalanced = ⚠️ <b>Сверка за { $day } не сошлась</b>
operator-alert-foreign =
    ⚠️ <b>Учётная запись занята</b>

    <code>{ $account }</code> в панели «{ $panel }» принадлежит кому-то другому. Переименуйте или удалите её там: покупатель ждёт.
operator-alert-node-down = 🔴 Сервер <b>{ $node }</b> панели «{ $panel }» не на связи
operator-alert-node-up = 🟢 Сервер <b>{ $node }</b> панели «{ $panel }» снова на связи
operator-alert-gate =
    ⚠️ <b>Обязательный канал не проверить</b>

    { $channel }: { $reason }

    Пока бот не станет там администратором, все проходят без подписки.
operator-alert-synced =
    🔄 <b>{ $depth ->
        [look] Сверено
        [repair] Сверено и исправлено
       *[adopt] Сверено, учётные записи приняты
    }: панель «{ $panel }»</b>
operator-alert-panel-newer =
    🆕 <b>Панель «{ $panel }» теперь версии { $version }</b>

    Такой версии бот ещё не знает и работает с ней как с последней известной. Проверьте покупку и поищите обновление бота.
refund-title =
    ↩️ <b>Возврат { $price }</b>
    <code>{ $payment }</code>
refund-keep = Срок оставить: до { $date }
refund-cut = Срок сократить соразмерно: до { $date }
refund-end = Срок закончить: { $date }
refund-keep-traffic = Трафик оставить: { $traffic }
refund-cut-traffic = Неистраченный трафик забрать соразмерно: останется { $traffic }
refund-end-traffic = Неистраченный трафик забрать: останется { $traffic }
refund-time-untouched = Срок подписки не изменится.
refund-whole-only = Плательщику этот провайдер возвращает только весь платёж сразу.
refund-by-hand = Плательщику этот провайдер сам не возвращает: это делается в его кабинете.
sheet-title = 📊 <b>Сверка за { $day }</b>
sheet-none = За этот день сверки нет.
sheet-empty = Платежей не было.
sheet-counting = ⏳ Ещё считается.
sheet-balanced = ✅ Всё сошлось.
sheet-unbalanced = ⚠️ <b>Есть разница.</b> Провайдер взял не столько, сколько в книгах.
sheet-paid = Оплачено
sheet-books = В книгах
sheet-difference = Разница
sheet-held = задержано { $price }
sheet-refunded = возвращено { $price }
sheet-unasked = не спрошено: { $count }
sync-title = 🔄 <b>Сверка панелей с магазином</b>
sync-panel = 🔄 <b>Сверка панели «{ $panel }» с магазином</b>
sync-none = Ни одна панель ещё не сверялась. Первая сверка начнётся через минуту после запуска.
sync-running = { $panel }: { $depth ->
    [look] осмотр идёт
    [repair] осмотр с исправлением идёт
   *[adopt] осмотр с переносом идёт
}, начат { $date }
sync-ended = { $panel }: { $depth ->
    [look] осмотр
    [repair] осмотр с исправлением
   *[adopt] осмотр с переносом
}, { $date }
sync-version = Версия { $version }
sync-trouble = 🔴 Панель не отвечает ({ $cause }). Продолжим { $date }.
sync-checked = Просмотрено: { $count }
sync-found = Наших: { $count }
sync-drifted = Изменено в панели: { $count }
sync-missing = Пропало из панели: { $count }
sync-updated = Передано в доставку: { $count }
sync-movable = Можно принять: { $count }
sync-created = Принято: { $count }
sync-foreign = Чужих: { $count }
sync-errors = Не удалось: { $count }
sync-findings = <b>Например:</b>
sync-finding = <code>{ $account }</code> { $what ->
    [drifted] изменена
    [missing] пропала
    [movable] можно принять
    [foreign] чужая
   *[error] не удалось
} { $detail }
button-sync-look = 🔍 Осмотреть
button-sync-repair = 🔧 Исправить ({ $count })
button-sync-adopt = 📥 Принять ({ $count })
button-sync-open = 🔄 Открыть
button-devices = 📱 Устройства
button-unlink = ❌ { $name }
button-unlink-all = 🧹 Отвязать все
button-unlink-all-now = 🧹 Да, отвязать все
button-new-link = 🔑 Новая ссылка
button-new-link-now = 🔑 Да, сделать новую
devices-title = 📱 <b>Мои устройства</b>
devices-count = { $count ->
    [one] { $count } устройство
    [few] { $count } устройства
   *[many] { $count } устройств
}
devices-count-of = { $count } из { $limit }
devices-since = с { $date }
devices-none = Пока ни одно устройство не подключалось. Оно появится здесь, когда приложение загрузит вашу ссылку.
devices-hint = Нажмите на устройство, чтобы отвязать его и освободить место другому.
devices-unknown = Панель VPN сейчас не отвечает. Попробуйте через минуту.
devices-unlink-all = Отвязать <b>все</b> устройства? Те, у которых есть ваша ссылка, смогут подключиться снова. Так можно раз в сутки.
link-reset = Сделать <b>новую ссылку</b>? Старая сразу перестанет работать на всех устройствах: новую нужно будет добавить в приложение. Так можно раз в сутки.
link-reset-later = Новая ссылка сделана совсем недавно. Следующую можно будет сделать { $date }.
link-replaced = 🔑 <b>Новая ссылка готова</b>
link-replaced-apps = Старая больше не работает. Удалите её из приложения и добавьте эту.
