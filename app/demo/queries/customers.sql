-- <query name>top_customers</query name>
-- <query title>Top customers</query title>
-- <query title ru>Лучшие клиенты</query title ru>
-- <query title uz>Eng yaxshi mijozlar</query title uz>
-- <query description>The customers who bought for the largest net amount in a period.</query description>
-- <query description ru>Клиенты с наибольшей суммой покупок за период.</query description ru>
-- <query description uz>Davr ichida eng katta summaga xarid qilgan mijozlar.</query description uz>
-- <question en>top customers</question en>
-- <question en>who are our best customers</question en>
-- <question en>largest buyers this month</question en>
-- <question en>which customers spend the most</question en>
-- <question en>top 10 clients by revenue</question en>
-- <question en>biggest clients of last year</question en>
-- <question en>who buys the most from us</question en>
-- <question en>our largest customers</question en>
-- <question en>key customers</question en>
-- <question ru>лучшие клиенты</question ru>
-- <question ru>кто наши лучшие клиенты</question ru>
-- <question ru>крупнейшие покупатели за этот месяц</question ru>
-- <question ru>какие клиенты тратят больше всего</question ru>
-- <question ru>топ 10 клиентов по выручке</question ru>
-- <question ru>самые крупные клиенты за прошлый год</question ru>
-- <question ru>кто покупает у нас больше всех</question ru>
-- <question ru>самые крупные клиенты</question ru>
-- <question ru>ключевые клиенты</question ru>
-- <question uz>eng yaxshi mijozlar</question uz>
-- <question uz>eng yaxshi mijozlarimiz kim</question uz>
-- <question uz>bu oydagi eng yirik xaridorlar</question uz>
-- <question uz>qaysi mijozlar eng koʻp sarflaydi</question uz>
-- <question uz>tushum boʻyicha top 10 mijoz</question uz>
-- <question uz>oʻtgan yilgi eng yirik mijozlar</question uz>
-- <question uz>kim bizdan eng koʻp xarid qiladi</question uz>
-- <question uz>eng katta mijozlar</question uz>
-- <question uz>asosiy mijozlar</question uz>
-- <param name="period" type="period" default="this_month" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <param name="top" type="integer" default="10" min="1" max="100" en="How many" ru="Сколько" uz="Nechta">How many rows to list.</param>
-- <param name="branch" type="text" lookup="SELECT name, name_ru FROM branches" optional en="Branch" ru="Филиал" uz="Filial">Only this branch.</param>
-- <param name="city" type="text" lookup="SELECT DISTINCT city, city_ru FROM branches" optional en="City" ru="Город" uz="Shahar">Only the branches of this city.</param>
-- <column name="customer" en="Customer" ru="Клиент" uz="Mijoz" />
-- <column name="kind" en="Kind of customer" ru="Тип клиента" uz="Mijoz turi" />
-- <column name="orders" unit="orders" en="Orders" ru="Заказы" uz="Buyurtmalar" />
-- <column name="revenue" currency="UZS" en="Revenue" ru="Выручка" uz="Tushum" />
-- <chart type="bar" x="customer" y="revenue" horizontal />
-- <answer en>The best customer for {period}[[ in {param:branch}]][[ in {param:city}]] is {first:customer} with **{first:revenue}**; the {rows} listed bought for {total:revenue} together.</answer en>
-- <answer ru>Лучший клиент за {period}[[, филиал {param:branch}]][[, город {param:city}]] — {first:customer}: **{first:revenue}**; все клиенты списка ({rows}) купили на {total:revenue}.</answer ru>
-- <answer uz>{period} uchun eng yaxshi mijoz[[, {param:branch} filiali]][[, {param:city} shahri]] — {first:customer}: **{first:revenue}**; roʻyxatdagi {rows} mijoz jami {total:revenue} lik xarid qildi.</answer uz>
SELECT customer, customer_kind AS kind, COUNT(DISTINCT order_id) AS orders, SUM(amount) AS revenue
FROM sales
WHERE order_date >= :period_from AND order_date < :period_to
  AND customer_id IS NOT NULL AND branch = COALESCE(:branch, branch) AND city = COALESCE(:city, city)
GROUP BY customer_id, customer, customer_kind
ORDER BY revenue DESC, customer
LIMIT :top;

-- <query name>new_customers</query name>
-- <query title>New customers</query title>
-- <query title ru>Новые клиенты</query title ru>
-- <query title uz>Yangi mijozlar</query title uz>
-- <query description>How many customers registered in a period, people and businesses apart.</query description>
-- <query description ru>Сколько клиентов зарегистрировалось за период, отдельно частные лица и компании.</query description ru>
-- <query description uz>Davr ichida roʻyxatdan oʻtgan mijozlar soni, jismoniy shaxs va kompaniyalar alohida.</query description uz>
-- <question en>how many new customers do we have</question en>
-- <question en>new customers this month</question en>
-- <question en>how many clients registered</question en>
-- <question en>customer growth last month</question en>
-- <question en>number of customers who joined</question en>
-- <question en>how many new clients came</question en>
-- <question ru>сколько у нас новых клиентов</question ru>
-- <question ru>новые клиенты за этот месяц</question ru>
-- <question ru>сколько клиентов зарегистрировалось</question ru>
-- <question ru>прирост клиентов за прошлый месяц</question ru>
-- <question ru>количество пришедших клиентов</question ru>
-- <question ru>сколько новых клиентов пришло</question ru>
-- <question uz>nechta yangi mijozimiz bor</question uz>
-- <question uz>bu oydagi yangi mijozlar</question uz>
-- <question uz>nechta mijoz roʻyxatdan oʻtdi</question uz>
-- <question uz>oʻtgan oydagi mijozlar oʻsishi</question uz>
-- <question uz>yangi qoʻshilgan mijozlar soni</question uz>
-- <question uz>nechta yangi mijoz keldi</question uz>
-- <param name="period" type="period" default="this_month" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <column name="kind" en="Kind of customer" ru="Тип клиента" uz="Mijoz turi" />
-- <column name="customers" unit="people" en="Customers" ru="Клиенты" uz="Mijozlar" />
-- <answer en>**{total:customers}** new customers registered for {period}.</answer en>
-- <answer ru>Новых клиентов за {period}: **{total:customers}**.</answer ru>
-- <answer uz>{period} uchun yangi mijozlar soni: **{total:customers}**.</answer uz>
SELECT kind, COUNT(*) AS customers
FROM customers
WHERE registered_on >= :period_from AND registered_on < :period_to
GROUP BY kind
ORDER BY customers DESC, kind;

-- <query name>new_customers_by_month</query name>
-- <query title>New customers by month</query title>
-- <query title ru>Новые клиенты по месяцам</query title ru>
-- <query title uz>Oylar boʻyicha yangi mijozlar</query title uz>
-- <query description>How many customers registered in each month.</query description>
-- <query description ru>Сколько клиентов зарегистрировалось в каждом месяце.</query description ru>
-- <query description uz>Har oyda roʻyxatdan oʻtgan mijozlar soni.</query description uz>
-- <question en>new customers by month</question en>
-- <question en>monthly customer growth</question en>
-- <question en>how many clients registered each month</question en>
-- <question en>new client dynamics over the year</question en>
-- <question ru>новые клиенты по месяцам</question ru>
-- <question ru>ежемесячный прирост клиентов</question ru>
-- <question ru>сколько клиентов регистрировалось каждый месяц</question ru>
-- <question ru>динамика новых клиентов за год</question ru>
-- <question uz>oylar boʻyicha yangi mijozlar</question uz>
-- <question uz>mijozlarning oylik oʻsishi</question uz>
-- <question uz>har oyda nechta mijoz roʻyxatdan oʻtgan</question uz>
-- <question uz>yil davomida yangi mijozlar dinamikasi</question uz>
-- <param name="period" type="period" default="last_12_months" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <column name="month" en="Month" ru="Месяц" uz="Oy" />
-- <column name="customers" unit="people" en="Customers" ru="Клиенты" uz="Mijozlar" />
-- <chart type="line" x="month" y="customers" />
-- <answer en>**{total:customers}** new customers registered for {period}: {first:customers} in {first:month}, {last:customers} in {last:month}.</answer en>
-- <answer ru>Новых клиентов за {period}: **{total:customers}**; {first:month}: {first:customers}, {last:month}: {last:customers}.</answer ru>
-- <answer uz>{period} uchun yangi mijozlar: **{total:customers}**; {first:month}: {first:customers}, {last:month}: {last:customers}.</answer uz>
SELECT substr(CAST(registered_on AS text), 1, 7) AS month, COUNT(*) AS customers
FROM customers
WHERE registered_on >= :period_from AND registered_on < :period_to
GROUP BY 1
ORDER BY 1;

-- <query name>active_customers</query name>
-- <query title>Active customers</query title>
-- <query title ru>Активные клиенты</query title ru>
-- <query title uz>Faol mijozlar</query title uz>
-- <query description>How many known customers bought in a period, people and businesses apart, and for how much.</query description>
-- <query description ru>Сколько известных клиентов покупали за период, отдельно частные лица и компании, и на какую сумму.</query description ru>
-- <query description uz>Davr ichida xarid qilgan mijozlar soni va summasi.</query description uz>
-- <question en>how many customers bought this month</question en>
-- <question en>active customers</question en>
-- <question en>number of buyers</question en>
-- <question en>how many clients made a purchase last month</question en>
-- <question en>how many different customers do we serve</question en>
-- <question ru>сколько клиентов покупали в этом месяце</question ru>
-- <question ru>активные клиенты</question ru>
-- <question ru>количество покупателей</question ru>
-- <question ru>сколько клиентов сделали покупку в прошлом месяце</question ru>
-- <question ru>сколько разных клиентов мы обслуживаем</question ru>
-- <question uz>bu oy nechta mijoz xarid qildi</question uz>
-- <question uz>faol mijozlar</question uz>
-- <question uz>xaridorlar soni</question uz>
-- <question uz>oʻtgan oyda nechta mijoz xarid qilgan</question uz>
-- <question uz>nechta turli mijozga xizmat koʻrsatamiz</question uz>
-- <param name="period" type="period" default="this_month" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <param name="branch" type="text" lookup="SELECT name, name_ru FROM branches" optional en="Branch" ru="Филиал" uz="Filial">Only this branch.</param>
-- <param name="city" type="text" lookup="SELECT DISTINCT city, city_ru FROM branches" optional en="City" ru="Город" uz="Shahar">Only the branches of this city.</param>
-- <column name="kind" en="Kind of customer" ru="Тип клиента" uz="Mijoz turi" />
-- <column name="customers" unit="people" en="Customers" ru="Клиенты" uz="Mijozlar" />
-- <column name="revenue" currency="UZS" en="Revenue" ru="Выручка" uz="Tushum" />
-- <answer en>**{total:customers}** known customers bought for {period}[[ in {param:branch}]][[ in {param:city}]], for {total:revenue}.</answer en>
-- <answer ru>Клиентов с покупками за {period}[[, филиал {param:branch}]][[, город {param:city}]]: **{total:customers}**, на сумму {total:revenue}.</answer ru>
-- <answer uz>{period} uchun xarid qilgan mijozlar[[, {param:branch} filiali]][[, {param:city} shahri]]: **{total:customers}**, summasi {total:revenue}.</answer uz>
SELECT customer_kind AS kind, COUNT(DISTINCT customer_id) AS customers, SUM(amount) AS revenue
FROM sales
WHERE order_date >= :period_from AND order_date < :period_to
  AND customer_id IS NOT NULL AND branch = COALESCE(:branch, branch) AND city = COALESCE(:city, city)
GROUP BY customer_kind
ORDER BY customers DESC, kind;

-- <query name>inactive_customers</query name>
-- <query title>Inactive customers</query title>
-- <query title ru>Неактивные клиенты</query title ru>
-- <query title uz>Nofaol mijozlar</query title uz>
-- <query description>Customers who bought before a period but not in it, those who had spent the most first.</query description>
-- <query description ru>Клиенты, которые покупали до периода, но не в нём; сначала самые крупные.</query description ru>
-- <query description uz>Davrgacha xarid qilgan, lekin davr ichida xarid qilmagan mijozlar, eng yiriklari birinchi.</query description uz>
-- <question en>which customers stopped buying</question en>
-- <question en>inactive customers</question en>
-- <question en>lost clients of the last 90 days</question en>
-- <question en>who has not bought for a long time</question en>
-- <question en>customers we are losing</question en>
-- <question en>who no longer buys from us</question en>
-- <question ru>какие клиенты перестали покупать</question ru>
-- <question ru>неактивные клиенты</question ru>
-- <question ru>потерянные клиенты за последние 90 дней</question ru>
-- <question ru>кто давно ничего не покупал</question ru>
-- <question ru>клиенты, которых мы теряем</question ru>
-- <question ru>кто больше не покупает</question ru>
-- <question uz>qaysi mijozlar xarid qilishni toʻxtatdi</question uz>
-- <question uz>nofaol mijozlar</question uz>
-- <question uz>oxirgi 90 kunda yoʻqotilgan mijozlar</question uz>
-- <question uz>kim anchadan beri xarid qilmagan</question uz>
-- <question uz>yoʻqotayotgan mijozlarimiz</question uz>
-- <question uz>kim bizdan xarid qilmay qoʻydi</question uz>
-- <question uz>qaysi mijozlar sotib olmay qoʻydi</question uz>
-- <param name="period" type="period" default="last_90_days" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <param name="top" type="integer" default="10" min="1" max="100" en="How many" ru="Сколько" uz="Nechta">How many rows to list.</param>
-- <column name="customer" en="Customer" ru="Клиент" uz="Mijoz" />
-- <column name="kind" en="Kind of customer" ru="Тип клиента" uz="Mijoz turi" />
-- <column name="last_order" en="Last order" ru="Последний заказ" uz="Oxirgi buyurtma" />
-- <column name="revenue" currency="UZS" en="Revenue" ru="Выручка" uz="Tushum" />
-- <answer en>The largest customer without a purchase for {period} is {first:customer}: **{first:revenue}** before, last order on {first:last_order}. The table lists the {rows} largest.</answer en>
-- <answer ru>Крупнейший клиент без покупок за {period} — {first:customer}: ранее **{first:revenue}**, последний заказ {first:last_order}. В таблице крупнейших: {rows}.</answer ru>
-- <answer uz>{period} uchun xarid qilmagan eng yirik mijoz — {first:customer}: avval **{first:revenue}**, oxirgi buyurtma {first:last_order}. Jadvalda eng yirik {rows} mijoz.</answer uz>
SELECT customer, customer_kind AS kind, MAX(order_date) AS last_order, SUM(amount) AS revenue
FROM orders
WHERE customer_id IS NOT NULL AND status IN ('paid', 'open') AND order_date < :period_to
GROUP BY customer_id, customer, customer_kind
HAVING MAX(order_date) < :period_from
ORDER BY revenue DESC, customer
LIMIT :top;
