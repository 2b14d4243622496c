-- <query name>payments_received</query name>
-- <query title>Payments received</query title>
-- <query title ru>Полученные платежи</query title ru>
-- <query title uz>Tushgan toʻlovlar</query title uz>
-- <query description>Money received in a period by the day it was paid, refunds taken off. Not the same as revenue, which counts by order date.</query description>
-- <query description ru>Полученные за период деньги по дате оплаты, за вычетом возвратов. Это не выручка: она считается по дате заказа.</query description ru>
-- <query description uz>Davr ichida toʻlov sanasi boʻyicha kelib tushgan pul, qaytarishlarsiz. Bu tushum emas: u buyurtma sanasi boʻyicha.</query description uz>
-- <question en>how much money did we receive</question en>
-- <question en>payments received this month</question en>
-- <question en>incoming payments</question en>
-- <question en>cash collected last month</question en>
-- <question en>how much did customers pay us</question en>
-- <question en>total of received payments</question en>
-- <question en>incoming money</question en>
-- <question ru>сколько денег мы получили</question ru>
-- <question ru>полученные платежи за этот месяц</question ru>
-- <question ru>поступления оплат</question ru>
-- <question ru>сколько денег поступило за прошлый месяц</question ru>
-- <question ru>сколько нам заплатили клиенты</question ru>
-- <question ru>сумма поступивших платежей</question ru>
-- <question ru>поступления</question ru>
-- <question uz>qancha pul kelib tushdi</question uz>
-- <question uz>bu oydagi tushgan toʻlovlar</question uz>
-- <question uz>kelib tushgan toʻlovlar</question uz>
-- <question uz>oʻtgan oyda qancha toʻlov qabul qilindi</question uz>
-- <question uz>mijozlar bizga qancha toʻladi</question uz>
-- <question uz>qabul qilingan toʻlovlar summasi</question uz>
-- <question uz>kirim</question uz>
-- <param name="period" type="period" default="this_month" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <param name="branch" type="text" lookup="SELECT name, name_ru FROM branches" optional en="Branch" ru="Филиал" uz="Filial">Only this branch.</param>
-- <param name="method" type="text" lookup="SELECT name, name_ru, name_en FROM payment_methods" optional en="Method" ru="Способ" uz="Usul">Only this way of paying.</param>
-- <column name="amount" currency="UZS" en="Amount" ru="Сумма" uz="Summa" />
-- <column name="payments" en="Payments" ru="Платежи" uz="Toʻlovlar" />
-- <answer en>**{first:amount}** was received for {period}[[ in {param:branch}]][[ by {param:method}]], in {first:payments} payments, refunds taken off.</answer en>
-- <answer ru>Получено платежей за {period}[[, филиал {param:branch}]][[, способ {param:method}]]: **{first:amount}**, число платежей: {first:payments}, возвраты вычтены.</answer ru>
-- <answer uz>{period} uchun tushgan toʻlovlar[[, {param:branch} filiali]][[, {param:method} usuli]]: **{first:amount}**, toʻlovlar soni: {first:payments}, qaytarishlar ayirilgan.</answer uz>
SELECT SUM(amount) AS amount, SUM(CASE WHEN kind = 'payment' THEN 1 ELSE 0 END) AS payments
FROM payments
WHERE paid_on >= :period_from AND paid_on < :period_to
  AND branch = COALESCE(:branch, branch) AND method = COALESCE(:method, method)
HAVING COUNT(*) > 0;

-- <query name>payments_by_method</query name>
-- <query title>Payments by method</query title>
-- <query title ru>Платежи по способам оплаты</query title ru>
-- <query title uz>Toʻlov usullari boʻyicha toʻlovlar</query title uz>
-- <query description>Money received in a period by way of paying, refunds taken off.</query description>
-- <query description ru>Полученные за период деньги по способам оплаты, за вычетом возвратов.</query description ru>
-- <query description uz>Davr ichida toʻlov usullari boʻyicha tushgan pul, qaytarishlarsiz.</query description uz>
-- <question en>payments by method</question en>
-- <question en>how do customers pay</question en>
-- <question en>cash versus card payments</question en>
-- <question en>share of each payment method</question en>
-- <question en>how much was paid through Click and Payme</question en>
-- <question en>how much was paid in cash and how much by card</question en>
-- <question en>how do customers pay</question en>
-- <question en>cash or card</question en>
-- <question ru>платежи по способам оплаты</question ru>
-- <question ru>как платят клиенты</question ru>
-- <question ru>наличные против карт</question ru>
-- <question ru>доля каждого способа оплаты</question ru>
-- <question ru>сколько заплатили через Click и Payme</question ru>
-- <question ru>сколько заплатили наличными, а сколько картой</question ru>
-- <question ru>чем платят клиенты</question ru>
-- <question ru>наличные или карта</question ru>
-- <question uz>toʻlov usullari boʻyicha toʻlovlar</question uz>
-- <question uz>mijozlar qanday toʻlaydi</question uz>
-- <question uz>naqd va karta toʻlovlari</question uz>
-- <question uz>har bir toʻlov usulining ulushi</question uz>
-- <question uz>Click va Payme orqali qancha toʻlandi</question uz>
-- <question uz>mijozlar qanday toʻlaydi</question uz>
-- <question uz>naqd yoki karta</question uz>
-- <param name="period" type="period" default="this_month" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <param name="branch" type="text" lookup="SELECT name, name_ru FROM branches" optional en="Branch" ru="Филиал" uz="Filial">Only this branch.</param>
-- <column name="method" en="Method" ru="Способ оплаты" uz="Toʻlov usuli" />
-- <column name="amount" currency="UZS" en="Amount" ru="Сумма" uz="Summa" />
-- <column name="payments" en="Payments" ru="Платежи" uz="Toʻlovlar" />
-- <column name="share" unit="percent" en="Share" ru="Доля" uz="Ulush" />
-- <chart type="donut" x="method" y="amount" />
-- <answer en>**{total:amount}** was received for {period}[[ in {param:branch}]]. Most came by {first:method}: {first:amount} ({first:share}).</answer en>
-- <answer ru>Получено за {period}[[, филиал {param:branch}]]: **{total:amount}**. Больше всего — {first:method}: {first:amount} ({first:share}).</answer ru>
-- <answer uz>{period} uchun tushgan toʻlovlar[[, {param:branch} filiali]]: **{total:amount}**. Eng koʻpi — {first:method}: {first:amount} ({first:share}).</answer uz>
SELECT method, SUM(amount) AS amount, SUM(CASE WHEN kind = 'payment' THEN 1 ELSE 0 END) AS payments,
  ROUND(100.0 * SUM(amount) / SUM(SUM(amount)) OVER (), 1) AS share
FROM payments
WHERE paid_on >= :period_from AND paid_on < :period_to AND branch = COALESCE(:branch, branch)
GROUP BY method
ORDER BY amount DESC, method;

-- <query name>payments_by_month</query name>
-- <query title>Payments received by month</query title>
-- <query title ru>Полученные платежи по месяцам</query title ru>
-- <query title uz>Oylar boʻyicha tushgan toʻlovlar</query title uz>
-- <query description>Money received in each month by the day it was paid, refunds taken off.</query description>
-- <query description ru>Полученные деньги по месяцам по дате оплаты, за вычетом возвратов.</query description ru>
-- <query description uz>Oylar boʻyicha kelib tushgan pul, qaytarishlarsiz.</query description uz>
-- <question en>payments received by month</question en>
-- <question en>monthly cash inflow</question en>
-- <question en>how much money came in each month</question en>
-- <question en>dynamics of incoming payments</question en>
-- <question ru>полученные платежи по месяцам</question ru>
-- <question ru>ежемесячные поступления денег</question ru>
-- <question ru>сколько денег поступало каждый месяц</question ru>
-- <question ru>динамика поступлений оплат</question ru>
-- <question uz>oylar boʻyicha tushgan toʻlovlar</question uz>
-- <question uz>oylik pul tushumlari</question uz>
-- <question uz>har oyda qancha pul kelib tushgan</question uz>
-- <question uz>toʻlovlar kelishi dinamikasi</question uz>
-- <param name="period" type="period" default="last_12_months" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <param name="branch" type="text" lookup="SELECT name, name_ru FROM branches" optional en="Branch" ru="Филиал" uz="Filial">Only this branch.</param>
-- <column name="month" en="Month" ru="Месяц" uz="Oy" />
-- <column name="amount" currency="UZS" en="Amount" ru="Сумма" uz="Summa" />
-- <chart type="line" x="month" y="amount" />
-- <answer en>**{total:amount}** was received for {period}[[ in {param:branch}]]: {first:amount} in {first:month}, {last:amount} in {last:month}.</answer en>
-- <answer ru>Получено за {period}[[, филиал {param:branch}]]: **{total:amount}**; {first:month}: {first:amount}, {last:month}: {last:amount}.</answer ru>
-- <answer uz>{period} uchun tushgan toʻlovlar[[, {param:branch} filiali]]: **{total:amount}**; {first:month}: {first:amount}, {last:month}: {last:amount}.</answer uz>
SELECT substr(CAST(paid_on AS text), 1, 7) AS month, SUM(amount) AS amount
FROM payments
WHERE paid_on >= :period_from AND paid_on < :period_to AND branch = COALESCE(:branch, branch)
GROUP BY 1
ORDER BY 1;

-- <query name>overdue_payments</query name>
-- <query title>Overdue payments</query title>
-- <query title ru>Просроченные платежи</query title ru>
-- <query title uz>Muddati oʻtgan toʻlovlar</query title uz>
-- <query description>Unpaid payments that are overdue now, the oldest first.</query description>
-- <query description ru>Неоплаченные платежи, просроченные на сегодня, сначала самые старые.</query description ru>
-- <query description uz>Hozir muddati oʻtgan toʻlanmagan toʻlovlar, eng eskilari birinchi.</query description uz>
-- <question en>overdue payments</question en>
-- <question en>which payments are late</question en>
-- <question en>who has not paid on time</question en>
-- <question en>unpaid invoices past their due date</question en>
-- <question en>payments overdue by more than 30 days</question en>
-- <question en>list of late payments</question en>
-- <question en>payments that are past due</question en>
-- <question en>how much is overdue in total</question en>
-- <question ru>просроченные платежи</question ru>
-- <question ru>какие платежи просрочены</question ru>
-- <question ru>кто не заплатил вовремя</question ru>
-- <question ru>неоплаченные счета с истёкшим сроком</question ru>
-- <question ru>платежи с просрочкой больше 30 дней</question ru>
-- <question ru>список просрочек</question ru>
-- <question ru>сколько всего просрочено</question ru>
-- <question uz>muddati oʻtgan toʻlovlar</question uz>
-- <question uz>qaysi toʻlovlar kechikkan</question uz>
-- <question uz>kim vaqtida toʻlamagan</question uz>
-- <question uz>muddati oʻtgan toʻlanmagan hisoblar</question uz>
-- <question uz>30 kundan ortiq kechikkan toʻlovlar</question uz>
-- <question uz>kechikkan toʻlovlar roʻyxati</question uz>
-- <question uz>jami muddati oʻtgan qarz qancha</question uz>
-- <param name="days" type="integer" default="1" min="1" max="3650" en="Days overdue" ru="Дней просрочки" uz="Kechikish kunlari">At least so many days overdue.</param>
-- <param name="branch" type="text" lookup="SELECT name, name_ru FROM branches" optional en="Branch" ru="Филиал" uz="Filial">Only this branch.</param>
-- <column name="customer" en="Customer" ru="Клиент" uz="Mijoz" />
-- <column name="branch" en="Branch" ru="Филиал" uz="Filial" />
-- <column name="amount" currency="UZS" en="Amount" ru="Сумма" uz="Summa" />
-- <column name="due_date" en="Due" ru="Срок оплаты" uz="Toʻlov muddati" />
-- <column name="days_overdue" unit="days" en="Days overdue" ru="Дней просрочки" uz="Kechikkan kunlar" />
-- <answer en>**{total:amount}** is overdue[[ in {param:branch}]] in {rows} payments. The oldest: {first:customer}, {first:amount}, {first:days_overdue} days late.</answer en>
-- <answer ru>Просрочено[[, филиал {param:branch}]]: **{total:amount}**, платежей: {rows}. Самый старый — {first:customer}: {first:amount}, дней просрочки: {first:days_overdue}.</answer ru>
-- <answer uz>Muddati oʻtgan[[, {param:branch} filiali]]: **{total:amount}**, toʻlovlar soni: {rows}. Eng eskisi — {first:customer}: {first:amount}, {first:days_overdue} kun kechikkan.</answer uz>
SELECT customer, branch, amount, due_date, days_overdue
FROM payments
WHERE status = 'overdue' AND days_overdue >= :days AND branch = COALESCE(:branch, branch)
ORDER BY days_overdue DESC, amount DESC, id;

-- <query name>overdue_by_customer</query name>
-- <query title>Debtors</query title>
-- <query title ru>Должники</query title ru>
-- <query title uz>Qarzdorlar</query title uz>
-- <query description>What each customer owes that is overdue now, the largest debt first.</query description>
-- <query description ru>Просроченный долг каждого клиента на сегодня, по убыванию.</query description ru>
-- <query description uz>Har bir mijozning hozirgi muddati oʻtgan qarzi, eng kattasi birinchi.</query description uz>
-- <question en>who owes us money</question en>
-- <question en>largest debtors</question en>
-- <question en>overdue debt by customer</question en>
-- <question en>customers with the biggest debts</question en>
-- <question en>top 10 debtors</question en>
-- <question en>who are our debtors</question en>
-- <question ru>кто нам должен деньги</question ru>
-- <question ru>крупнейшие должники</question ru>
-- <question ru>просроченная задолженность по клиентам</question ru>
-- <question ru>клиенты с самыми большими долгами</question ru>
-- <question ru>топ 10 должников</question ru>
-- <question ru>кто наши дебиторы</question ru>
-- <question uz>kim bizga qarzdor</question uz>
-- <question uz>eng yirik qarzdorlar</question uz>
-- <question uz>mijozlar boʻyicha muddati oʻtgan qarz</question uz>
-- <question uz>qarzi eng katta mijozlar</question uz>
-- <question uz>top 10 qarzdor</question uz>
-- <question uz>qarzdorlarimiz kimlar</question uz>
-- <param name="top" type="integer" default="10" min="1" max="100" en="How many" ru="Сколько" uz="Nechta">How many rows to list.</param>
-- <column name="customer" en="Customer" ru="Клиент" uz="Mijoz" />
-- <column name="amount" currency="UZS" en="Amount" ru="Сумма" uz="Summa" />
-- <column name="payments" en="Payments" ru="Платежи" uz="Toʻlovlar" />
-- <column name="days_overdue" unit="days" en="Days overdue" ru="Дней просрочки" uz="Kechikkan kunlar" />
-- <chart type="bar" x="customer" y="amount" horizontal />
-- <answer en>The largest debtor is {first:customer} with **{first:amount}**; the {rows} listed owe {total:amount} together.</answer en>
-- <answer ru>Крупнейший должник — {first:customer}: **{first:amount}**; все в списке ({rows}) должны {total:amount}.</answer ru>
-- <answer uz>Eng yirik qarzdor — {first:customer}: **{first:amount}**; roʻyxatdagi {rows} mijoz jami {total:amount} qarzdor.</answer uz>
SELECT customer, SUM(amount) AS amount, COUNT(*) AS payments, MAX(days_overdue) AS days_overdue
FROM payments
WHERE status = 'overdue'
GROUP BY customer_id, customer
ORDER BY amount DESC, customer
LIMIT :top;

-- <query name>overdue_by_branch</query name>
-- <query title>Overdue debt by branch</query title>
-- <query title ru>Просроченный долг по филиалам</query title ru>
-- <query title uz>Filiallar boʻyicha muddati oʻtgan qarz</query title uz>
-- <query description>Overdue payments of each branch now, the largest first.</query description>
-- <query description ru>Просроченные на сегодня платежи по филиалам, по убыванию.</query description ru>
-- <query description uz>Filiallar boʻyicha hozir muddati oʻtgan toʻlovlar, eng kattasi birinchi.</query description uz>
-- <question en>overdue debt by branch</question en>
-- <question en>late payments of each branch</question en>
-- <question en>which branch has the most overdue payments</question en>
-- <question en>receivables per branch</question en>
-- <question ru>просроченный долг по филиалам</question ru>
-- <question ru>просрочки каждого филиала</question ru>
-- <question ru>в каком филиале больше всего просроченных платежей</question ru>
-- <question ru>дебиторка по филиалам</question ru>
-- <question uz>filiallar boʻyicha muddati oʻtgan qarz</question uz>
-- <question uz>har bir filialning kechikkan toʻlovlari</question uz>
-- <question uz>qaysi filialda muddati oʻtgan toʻlov eng koʻp</question uz>
-- <question uz>filiallar kesimida debitor qarzdorlik</question uz>
-- <column name="branch" en="Branch" ru="Филиал" uz="Filial" />
-- <column name="amount" currency="UZS" en="Amount" ru="Сумма" uz="Summa" />
-- <column name="payments" en="Payments" ru="Платежи" uz="Toʻlovlar" />
-- <chart type="bar" x="branch" y="amount" horizontal />
-- <answer en>**{total:amount}** is overdue now in {total:payments} payments; most in {first:branch}: {first:amount}.</answer en>
-- <answer ru>Сейчас просрочено **{total:amount}**, платежей: {total:payments}; больше всего — {first:branch}: {first:amount}.</answer ru>
-- <answer uz>Hozir muddati oʻtgan qarz **{total:amount}**, toʻlovlar soni: {total:payments}; eng koʻpi — {first:branch}: {first:amount}.</answer uz>
SELECT branch, SUM(amount) AS amount, COUNT(*) AS payments
FROM payments
WHERE status = 'overdue'
GROUP BY branch
ORDER BY amount DESC, branch;

-- <query name>payments_expected</query name>
-- <query title>Expected payments</query title>
-- <query title ru>Ожидаемые платежи</query title ru>
-- <query title uz>Kutilayotgan toʻlovlar</query title uz>
-- <query description>Payments not yet paid that fall due in a period and are not late, the earliest first.</query description>
-- <query description ru>Ещё не оплаченные платежи со сроком в периоде, без просрочки, по сроку.</query description ru>
-- <query description uz>Davr ichida muddati keladigan, hali toʻlanmagan toʻlovlar.</query description uz>
-- <question en>expected payments</question en>
-- <question en>which payments are due this month</question en>
-- <question en>how much money should come in soon</question en>
-- <question en>upcoming payments from customers</question en>
-- <question en>pending payments</question en>
-- <question ru>ожидаемые платежи</question ru>
-- <question ru>какие платежи должны прийти в этом месяце</question ru>
-- <question ru>сколько денег должно поступить</question ru>
-- <question ru>предстоящие оплаты от клиентов</question ru>
-- <question ru>платежи, срок которых ещё не наступил</question ru>
-- <question uz>kutilayotgan toʻlovlar</question uz>
-- <question uz>bu oy qaysi toʻlovlar kelishi kerak</question uz>
-- <question uz>yaqinda qancha pul tushishi kerak</question uz>
-- <question uz>mijozlardan kutilayotgan pullar</question uz>
-- <question uz>muddati hali kelmagan toʻlovlar</question uz>
-- <param name="period" type="period" default="this_month" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <param name="branch" type="text" lookup="SELECT name, name_ru FROM branches" optional en="Branch" ru="Филиал" uz="Filial">Only this branch.</param>
-- <column name="due_date" en="Due" ru="Срок оплаты" uz="Toʻlov muddati" />
-- <column name="customer" en="Customer" ru="Клиент" uz="Mijoz" />
-- <column name="branch" en="Branch" ru="Филиал" uz="Filial" />
-- <column name="amount" currency="UZS" en="Amount" ru="Сумма" uz="Summa" />
-- <answer en>**{total:amount}** is expected for {period}[[ in {param:branch}]] in {rows} payments; the next is due on {first:due_date} from {first:customer}: {first:amount}.</answer en>
-- <answer ru>Ожидается за {period}[[, филиал {param:branch}]]: **{total:amount}**, платежей: {rows}; ближайший — {first:due_date}, {first:customer}: {first:amount}.</answer ru>
-- <answer uz>{period} uchun kutilmoqda[[, {param:branch} filiali]]: **{total:amount}**, toʻlovlar soni: {rows}; eng yaqini — {first:due_date}, {first:customer}: {first:amount}.</answer uz>
SELECT due_date, customer, branch, amount
FROM payments
WHERE status = 'pending' AND due_date >= :period_from AND due_date < :period_to AND branch = COALESCE(:branch, branch)
ORDER BY due_date, amount DESC, id;

-- <query name>refunds</query name>
-- <query title>Refunds</query title>
-- <query title ru>Возвраты денег</query title ru>
-- <query title uz>Qaytarilgan pullar</query title uz>
-- <query description>Money paid back to customers in a period, by branch.</query description>
-- <query description ru>Деньги, возвращённые клиентам за период, по филиалам.</query description ru>
-- <query description uz>Davr ichida mijozlarga qaytarilgan pul, filiallar boʻyicha.</query description uz>
-- <question en>how much money did we refund</question en>
-- <question en>refunds this month</question en>
-- <question en>money paid back to customers</question en>
-- <question en>refunds by branch</question en>
-- <question ru>сколько денег мы вернули клиентам</question ru>
-- <question ru>возвраты денег за этот месяц</question ru>
-- <question ru>деньги, возвращённые покупателям</question ru>
-- <question ru>возвраты денег по филиалам</question ru>
-- <question uz>mijozlarga qancha pul qaytardik</question uz>
-- <question uz>bu oy qaytarilgan pullar</question uz>
-- <question uz>xaridorlarga qaytarilgan mablagʻ</question uz>
-- <question uz>filiallar boʻyicha qaytarilgan pullar</question uz>
-- <param name="period" type="period" default="this_month" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <column name="branch" en="Branch" ru="Филиал" uz="Filial" />
-- <column name="amount" currency="UZS" en="Amount" ru="Сумма" uz="Summa" />
-- <column name="payments" en="Payments" ru="Платежи" uz="Toʻlovlar" />
-- <answer en>**{total:amount}** was refunded for {period}, in {total:payments} refunds; most by {first:branch}: {first:amount}.</answer en>
-- <answer ru>Возвращено денег за {period}: **{total:amount}**, возвратов: {total:payments}; больше всего — {first:branch}: {first:amount}.</answer ru>
-- <answer uz>{period} uchun qaytarilgan pul: **{total:amount}**, qaytarishlar soni: {total:payments}; eng koʻpi — {first:branch}: {first:amount}.</answer uz>
SELECT branch, -SUM(amount) AS amount, COUNT(*) AS payments
FROM payments
WHERE kind = 'refund' AND paid_on >= :period_from AND paid_on < :period_to
GROUP BY branch
ORDER BY amount DESC, branch;
