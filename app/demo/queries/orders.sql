-- <query name>order_count</query name>
-- <query title>Number of orders</query title>
-- <query title ru>Число заказов</query title ru>
-- <query title uz>Buyurtmalar soni</query title uz>
-- <query description>How many orders were placed in a period, without cancelled ones, and their amount.</query description>
-- <query description ru>Сколько заказов сделано за период без отменённых и на какую сумму.</query description ru>
-- <query description uz>Davr ichida bekor qilinmagan buyurtmalar soni va summasi.</query description uz>
-- <question en>how many orders did we have this month</question en>
-- <question en>number of orders</question en>
-- <question en>order count for last month</question en>
-- <question en>how many purchases were made today</question en>
-- <question en>how many receipts did the branch have</question en>
-- <question en>total number of orders</question en>
-- <question en>orders</question en>
-- <question en>how many orders came in</question en>
-- <question en>order volume</question en>
-- <question ru>сколько было заказов за этот месяц</question ru>
-- <question ru>количество заказов</question ru>
-- <question ru>число заказов за прошлый месяц</question ru>
-- <question ru>сколько покупок было сегодня</question ru>
-- <question ru>сколько чеков пробил филиал</question ru>
-- <question ru>общее число заказов</question ru>
-- <question ru>заказы</question ru>
-- <question ru>сколько заказов поступило</question ru>
-- <question ru>сколько оформили заказов</question ru>
-- <question uz>bu oy nechta buyurtma boʻldi</question uz>
-- <question uz>buyurtmalar soni</question uz>
-- <question uz>oʻtgan oydagi buyurtmalar soni</question uz>
-- <question uz>bugun nechta xarid boʻldi</question uz>
-- <question uz>filialda nechta chek urildi</question uz>
-- <question uz>jami buyurtmalar soni</question uz>
-- <question uz>buyurtmalar</question uz>
-- <question uz>nechta buyurtma tushdi</question uz>
-- <question uz>nechta buyurtma berildi</question uz>
-- <question uz>buyurtmalar qancha</question uz>
-- <question uz>nechta zakaz boʻldi</question uz>
-- <param name="period" type="period" default="this_month" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <param name="branch" type="text" lookup="SELECT name, name_ru FROM branches" optional en="Branch" ru="Филиал" uz="Filial">Only this branch.</param>
-- <param name="city" type="text" lookup="SELECT DISTINCT city, city_ru FROM branches" optional en="City" ru="Город" uz="Shahar">Only the branches of this city.</param>
-- <param name="channel" type="text" lookup="SELECT name, name_ru, name_en FROM channels" optional en="Channel" ru="Канал" uz="Kanal">Only this sales channel.</param>
-- <column name="orders" unit="orders" en="Orders" ru="Заказы" uz="Buyurtmalar" />
-- <column name="amount" currency="UZS" en="Amount" ru="Сумма" uz="Summa" />
-- <answer en>There were **{first:orders}** orders for {period}[[ in {param:branch}]][[ in {param:city}]][[, channel {param:channel}]], worth {first:amount}.</answer en>
-- <answer ru>Заказов за {period}[[, филиал {param:branch}]][[, город {param:city}]][[, канал {param:channel}]]: **{first:orders}** на сумму {first:amount}.</answer ru>
-- <answer uz>{period} uchun buyurtmalar soni[[, {param:branch} filiali]][[, {param:city} shahri]][[, {param:channel} kanali]]: **{first:orders}**, summasi {first:amount}.</answer uz>
SELECT COUNT(*) AS orders, SUM(amount) AS amount
FROM orders
WHERE order_date >= :period_from AND order_date < :period_to
  AND status <> 'cancelled' AND branch = COALESCE(:branch, branch) AND city = COALESCE(:city, city) AND channel = COALESCE(:channel, channel)
HAVING COUNT(*) > 0;

-- <query name>orders_by_branch</query name>
-- <query title>Orders by branch</query title>
-- <query title ru>Заказы по филиалам</query title ru>
-- <query title uz>Filiallar boʻyicha buyurtmalar</query title uz>
-- <query description>Number of orders of each branch in a period, without cancelled ones.</query description>
-- <query description ru>Число заказов каждого филиала за период без отменённых.</query description ru>
-- <query description uz>Davr ichida har bir filialning bekor qilinmagan buyurtmalari soni.</query description uz>
-- <question en>orders by branch</question en>
-- <question en>number of orders per branch</question en>
-- <question en>which branch has the most orders</question en>
-- <question en>how many purchases in each store</question en>
-- <question en>receipts per branch this month</question en>
-- <question ru>заказы по филиалам</question ru>
-- <question ru>количество заказов в каждом филиале</question ru>
-- <question ru>в каком филиале больше всего заказов</question ru>
-- <question ru>сколько покупок в каждом магазине</question ru>
-- <question ru>число чеков по филиалам за этот месяц</question ru>
-- <question uz>filiallar boʻyicha buyurtmalar</question uz>
-- <question uz>har bir filialdagi buyurtmalar soni</question uz>
-- <question uz>qaysi filialda buyurtma eng koʻp</question uz>
-- <question uz>har bir doʻkonda nechta xarid boʻldi</question uz>
-- <question uz>bu oy filiallar kesimida cheklar soni</question uz>
-- <param name="period" type="period" default="this_month" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <param name="city" type="text" lookup="SELECT DISTINCT city, city_ru FROM branches" optional en="City" ru="Город" uz="Shahar">Only the branches of this city.</param>
-- <param name="channel" type="text" lookup="SELECT name, name_ru, name_en FROM channels" optional en="Channel" ru="Канал" uz="Kanal">Only this sales channel.</param>
-- <column name="branch" en="Branch" ru="Филиал" uz="Filial" />
-- <column name="orders" unit="orders" en="Orders" ru="Заказы" uz="Buyurtmalar" />
-- <column name="amount" currency="UZS" en="Amount" ru="Сумма" uz="Summa" />
-- <chart type="bar" x="branch" y="orders" horizontal />
-- <answer en>There were **{total:orders}** orders for {period}[[ in {param:city}]][[, channel {param:channel}]]. {first:branch} has the most: {first:orders}.</answer en>
-- <answer ru>Заказов за {period}[[, город {param:city}]][[, канал {param:channel}]]: **{total:orders}**. Больше всего — {first:branch}: {first:orders}.</answer ru>
-- <answer uz>{period} uchun buyurtmalar soni[[, {param:city} shahri]][[, {param:channel} kanali]]: **{total:orders}**. Eng koʻpi — {first:branch}: {first:orders}.</answer uz>
SELECT branch, COUNT(*) AS orders, SUM(amount) AS amount
FROM orders
WHERE order_date >= :period_from AND order_date < :period_to AND status <> 'cancelled'
  AND city = COALESCE(:city, city) AND channel = COALESCE(:channel, channel)
GROUP BY branch
ORDER BY orders DESC, branch;

-- <query name>average_basket</query name>
-- <query title>Average basket</query title>
-- <query title ru>Средний чек</query title ru>
-- <query title uz>Oʻrtacha chek</query title uz>
-- <query description>Average net amount of an order in a period, for everything or one branch or channel.</query description>
-- <query description ru>Средняя сумма заказа за период, всего или по одному филиалу или каналу.</query description ru>
-- <query description uz>Davr ichida bitta buyurtmaning oʻrtacha summasi.</query description uz>
-- <question en>what is the average basket</question en>
-- <question en>average order value this month</question en>
-- <question en>average receipt</question en>
-- <question en>how much does a customer spend per purchase</question en>
-- <question en>mean order amount for last month</question en>
-- <question ru>какой средний чек</question ru>
-- <question ru>средняя сумма заказа за этот месяц</question ru>
-- <question ru>средний чек по компании</question ru>
-- <question ru>сколько в среднем тратит покупатель за покупку</question ru>
-- <question ru>средний размер покупки за прошлый месяц</question ru>
-- <question uz>oʻrtacha chek qancha</question uz>
-- <question uz>bu oy oʻrtacha buyurtma summasi</question uz>
-- <question uz>oʻrtacha xarid miqdori</question uz>
-- <question uz>xaridor bir xaridda oʻrtacha qancha sarflaydi</question uz>
-- <question uz>oʻtgan oyda oʻrtacha chek</question uz>
-- <param name="period" type="period" default="this_month" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <param name="branch" type="text" lookup="SELECT name, name_ru FROM branches" optional en="Branch" ru="Филиал" uz="Filial">Only this branch.</param>
-- <param name="city" type="text" lookup="SELECT DISTINCT city, city_ru FROM branches" optional en="City" ru="Город" uz="Shahar">Only the branches of this city.</param>
-- <param name="channel" type="text" lookup="SELECT name, name_ru, name_en FROM channels" optional en="Channel" ru="Канал" uz="Kanal">Only this sales channel.</param>
-- <column name="basket" currency="UZS" en="Average basket" ru="Средний чек" uz="Oʻrtacha chek" />
-- <column name="orders" unit="orders" en="Orders" ru="Заказы" uz="Buyurtmalar" />
-- <column name="revenue" currency="UZS" en="Revenue" ru="Выручка" uz="Tushum" />
-- <answer en>The average basket for {period}[[ in {param:branch}]][[ in {param:city}]][[, channel {param:channel}]] was **{first:basket}**, over {first:orders} orders.</answer en>
-- <answer ru>Средний чек за {period}[[, филиал {param:branch}]][[, город {param:city}]][[, канал {param:channel}]]: **{first:basket}**, заказов: {first:orders}.</answer ru>
-- <answer uz>{period} uchun oʻrtacha chek[[, {param:branch} filiali]][[, {param:city} shahri]][[, {param:channel} kanali]]: **{first:basket}**, buyurtmalar soni: {first:orders}.</answer uz>
SELECT ROUND(1.0 * SUM(amount) / COUNT(DISTINCT order_id), 0) AS basket, COUNT(DISTINCT order_id) AS orders, SUM(amount) AS revenue
FROM sales
WHERE order_date >= :period_from AND order_date < :period_to
  AND branch = COALESCE(:branch, branch) AND city = COALESCE(:city, city) AND channel = COALESCE(:channel, channel)
HAVING COUNT(*) > 0;

-- <query name>average_basket_by_branch</query name>
-- <query title>Average basket by branch</query title>
-- <query title ru>Средний чек по филиалам</query title ru>
-- <query title uz>Filiallar boʻyicha oʻrtacha chek</query title uz>
-- <query description>Average net amount of an order in each branch in a period, the largest first.</query description>
-- <query description ru>Средняя сумма заказа в каждом филиале за период, по убыванию.</query description ru>
-- <query description uz>Davr ichida har bir filialdagi oʻrtacha buyurtma summasi.</query description uz>
-- <question en>average basket by branch</question en>
-- <question en>average order value per branch</question en>
-- <question en>which branch has the highest average receipt</question en>
-- <question en>compare the average receipt of the stores</question en>
-- <question en>average purchase in each branch</question en>
-- <question ru>средний чек по филиалам</question ru>
-- <question ru>средняя сумма заказа в каждом филиале</question ru>
-- <question ru>в каком филиале самый большой средний чек</question ru>
-- <question ru>сравни средний чек магазинов</question ru>
-- <question ru>средняя покупка по филиалам</question ru>
-- <question uz>filiallar boʻyicha oʻrtacha chek</question uz>
-- <question uz>har bir filialda oʻrtacha buyurtma summasi</question uz>
-- <question uz>qaysi filialda oʻrtacha chek eng katta</question uz>
-- <question uz>doʻkonlarning oʻrtacha chekini solishtir</question uz>
-- <question uz>filiallar kesimida oʻrtacha xarid</question uz>
-- <param name="period" type="period" default="this_month" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <param name="city" type="text" lookup="SELECT DISTINCT city, city_ru FROM branches" optional en="City" ru="Город" uz="Shahar">Only the branches of this city.</param>
-- <param name="channel" type="text" lookup="SELECT name, name_ru, name_en FROM channels" optional en="Channel" ru="Канал" uz="Kanal">Only this sales channel.</param>
-- <column name="branch" en="Branch" ru="Филиал" uz="Filial" />
-- <column name="basket" currency="UZS" en="Average basket" ru="Средний чек" uz="Oʻrtacha chek" />
-- <column name="orders" unit="orders" en="Orders" ru="Заказы" uz="Buyurtmalar" />
-- <chart type="bar" x="branch" y="basket" horizontal />
-- <answer en>For {period}[[ in {param:city}]][[, channel {param:channel}]] the highest average basket is in {first:branch}: **{first:basket}**; the lowest in {last:branch}: {last:basket}.</answer en>
-- <answer ru>За {period}[[, город {param:city}]][[, канал {param:channel}]] самый большой средний чек — {first:branch}: **{first:basket}**; самый маленький — {last:branch}: {last:basket}.</answer ru>
-- <answer uz>{period} uchun[[, {param:city} shahri]][[, {param:channel} kanali]] eng katta oʻrtacha chek — {first:branch}: **{first:basket}**; eng kichigi — {last:branch}: {last:basket}.</answer uz>
SELECT branch, ROUND(1.0 * SUM(amount) / COUNT(DISTINCT order_id), 0) AS basket, COUNT(DISTINCT order_id) AS orders
FROM sales
WHERE order_date >= :period_from AND order_date < :period_to
  AND city = COALESCE(:city, city) AND channel = COALESCE(:channel, channel)
GROUP BY branch
ORDER BY basket DESC, branch;

-- <query name>largest_orders</query name>
-- <query title>Largest orders</query title>
-- <query title ru>Самые крупные заказы</query title ru>
-- <query title uz>Eng yirik buyurtmalar</query title uz>
-- <query description>The largest orders of a period with their customer and branch, cancelled ones left out.</query description>
-- <query description ru>Самые крупные заказы за период с клиентом и филиалом, без отменённых.</query description ru>
-- <query description uz>Davrning eng yirik buyurtmalari, mijozi va filiali bilan, bekor qilinganlarsiz.</query description uz>
-- <question en>largest orders</question en>
-- <question en>biggest purchases this month</question en>
-- <question en>top 10 orders by amount</question en>
-- <question en>most expensive orders of last month</question en>
-- <question en>show the largest receipts</question en>
-- <question ru>самые крупные заказы</question ru>
-- <question ru>самые большие покупки за этот месяц</question ru>
-- <question ru>топ 10 заказов по сумме</question ru>
-- <question ru>самые дорогие заказы за прошлый месяц</question ru>
-- <question ru>покажи крупнейшие чеки</question ru>
-- <question uz>eng yirik buyurtmalar</question uz>
-- <question uz>bu oydagi eng katta xaridlar</question uz>
-- <question uz>summasi boʻyicha top 10 buyurtma</question uz>
-- <question uz>oʻtgan oydagi eng qimmat buyurtmalar</question uz>
-- <question uz>eng katta cheklarni koʻrsat</question uz>
-- <param name="period" type="period" default="this_month" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <param name="top" type="integer" default="10" min="1" max="100" en="How many" ru="Сколько" uz="Nechta">How many rows to list.</param>
-- <param name="branch" type="text" lookup="SELECT name, name_ru FROM branches" optional en="Branch" ru="Филиал" uz="Filial">Only this branch.</param>
-- <param name="city" type="text" lookup="SELECT DISTINCT city, city_ru FROM branches" optional en="City" ru="Город" uz="Shahar">Only the branches of this city.</param>
-- <column name="order_id" en="Order" ru="Заказ" uz="Buyurtma" />
-- <column name="order_date" en="Date" ru="Дата" uz="Sana" />
-- <column name="branch" en="Branch" ru="Филиал" uz="Filial" />
-- <column name="customer" en="Customer" ru="Клиент" uz="Mijoz" />
-- <column name="amount" currency="UZS" en="Amount" ru="Сумма" uz="Summa" />
-- <answer en>The largest order for {period}[[ in {param:branch}]][[ in {param:city}]] was **{first:amount}** on {first:order_date} in {first:branch}[[, by {first:customer}]].</answer en>
-- <answer ru>Самый крупный заказ за {period}[[, филиал {param:branch}]][[, город {param:city}]]: **{first:amount}**, {first:order_date}, {first:branch}[[, клиент {first:customer}]].</answer ru>
-- <answer uz>{period} uchun eng yirik buyurtma[[, {param:branch} filiali]][[, {param:city} shahri]]: **{first:amount}**, {first:order_date}, {first:branch}[[, mijoz {first:customer}]].</answer uz>
SELECT id AS order_id, order_date, branch, customer, amount
FROM orders
WHERE order_date >= :period_from AND order_date < :period_to
  AND status <> 'cancelled' AND branch = COALESCE(:branch, branch) AND city = COALESCE(:city, city)
ORDER BY amount DESC, id
LIMIT :top;

-- <query name>returns_total</query name>
-- <query title>Returns</query title>
-- <query title ru>Возвраты</query title ru>
-- <query title uz>Qaytarishlar</query title uz>
-- <query description>Number, amount and share of returned orders in a period.</query description>
-- <query description ru>Число, сумма и доля возвращённых заказов за период.</query description ru>
-- <query description uz>Davr ichida qaytarilgan buyurtmalar soni, summasi va ulushi.</query description uz>
-- <question en>how many orders were returned</question en>
-- <question en>returns this month</question en>
-- <question en>what share of orders comes back</question en>
-- <question en>amount of returned goods</question en>
-- <question en>return rate</question en>
-- <question ru>сколько заказов вернули</question ru>
-- <question ru>возвраты за этот месяц</question ru>
-- <question ru>какая доля заказов возвращается</question ru>
-- <question ru>сумма возвратов</question ru>
-- <question ru>процент возвратов</question ru>
-- <question uz>nechta buyurtma qaytarildi</question uz>
-- <question uz>bu oydagi qaytarishlar</question uz>
-- <question uz>buyurtmalarning qancha qismi qaytariladi</question uz>
-- <question uz>qaytarilgan tovarlar summasi</question uz>
-- <question uz>qaytarish foizi</question uz>
-- <param name="period" type="period" default="this_month" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <param name="branch" type="text" lookup="SELECT name, name_ru FROM branches" optional en="Branch" ru="Филиал" uz="Filial">Only this branch.</param>
-- <param name="city" type="text" lookup="SELECT DISTINCT city, city_ru FROM branches" optional en="City" ru="Город" uz="Shahar">Only the branches of this city.</param>
-- <column name="orders" unit="orders" en="Orders" ru="Заказы" uz="Buyurtmalar" />
-- <column name="amount" currency="UZS" en="Amount" ru="Сумма" uz="Summa" />
-- <column name="share" unit="percent" en="Share" ru="Доля" uz="Ulush" />
-- <answer en>For {period}[[ in {param:branch}]][[ in {param:city}]] **{first:orders}** orders were returned[[, worth {first:amount}]], {first:share} of all orders.</answer en>
-- <answer ru>Число возвращённых заказов за {period}[[, филиал {param:branch}]][[, город {param:city}]]: **{first:orders}**[[ на сумму {first:amount}]], это {first:share} всех заказов.</answer ru>
-- <answer uz>{period} uchun qaytarilgan buyurtmalar[[, {param:branch} filiali]][[, {param:city} shahri]]: **{first:orders}**[[, summasi {first:amount}]], barcha buyurtmalarning {first:share} qismi.</answer uz>
SELECT SUM(CASE WHEN status = 'returned' THEN 1 ELSE 0 END) AS orders,
  SUM(CASE WHEN status = 'returned' THEN amount ELSE 0 END) AS amount,
  ROUND(100.0 * SUM(CASE WHEN status = 'returned' THEN 1 ELSE 0 END) / COUNT(*), 1) AS share
FROM orders
WHERE order_date >= :period_from AND order_date < :period_to AND branch = COALESCE(:branch, branch) AND city = COALESCE(:city, city)
HAVING COUNT(*) > 0;

-- <query name>cancellations_total</query name>
-- <query title>Cancellations</query title>
-- <query title ru>Отмены</query title ru>
-- <query title uz>Bekor qilishlar</query title uz>
-- <query description>Number, amount and share of cancelled orders in a period.</query description>
-- <query description ru>Число, сумма и доля отменённых заказов за период.</query description ru>
-- <query description uz>Davr ichida bekor qilingan buyurtmalar soni, summasi va ulushi.</query description uz>
-- <question en>how many orders were cancelled</question en>
-- <question en>cancellations this month</question en>
-- <question en>what share of orders is cancelled</question en>
-- <question en>amount of cancelled orders</question en>
-- <question en>cancellation rate</question en>
-- <question ru>сколько заказов отменили</question ru>
-- <question ru>отмены за этот месяц</question ru>
-- <question ru>какая доля заказов отменяется</question ru>
-- <question ru>сумма отменённых заказов</question ru>
-- <question ru>процент отмен</question ru>
-- <question uz>nechta buyurtma bekor qilindi</question uz>
-- <question uz>bu oydagi bekor qilishlar</question uz>
-- <question uz>buyurtmalarning qancha qismi bekor qilinadi</question uz>
-- <question uz>bekor qilingan buyurtmalar summasi</question uz>
-- <question uz>bekor qilish foizi</question uz>
-- <param name="period" type="period" default="this_month" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <param name="branch" type="text" lookup="SELECT name, name_ru FROM branches" optional en="Branch" ru="Филиал" uz="Filial">Only this branch.</param>
-- <param name="city" type="text" lookup="SELECT DISTINCT city, city_ru FROM branches" optional en="City" ru="Город" uz="Shahar">Only the branches of this city.</param>
-- <column name="orders" unit="orders" en="Orders" ru="Заказы" uz="Buyurtmalar" />
-- <column name="amount" currency="UZS" en="Amount" ru="Сумма" uz="Summa" />
-- <column name="share" unit="percent" en="Share" ru="Доля" uz="Ulush" />
-- <answer en>For {period}[[ in {param:branch}]][[ in {param:city}]] **{first:orders}** orders were cancelled[[, worth {first:amount}]], {first:share} of all orders.</answer en>
-- <answer ru>Число отменённых заказов за {period}[[, филиал {param:branch}]][[, город {param:city}]]: **{first:orders}**[[ на сумму {first:amount}]], это {first:share} всех заказов.</answer ru>
-- <answer uz>{period} uchun bekor qilingan buyurtmalar[[, {param:branch} filiali]][[, {param:city} shahri]]: **{first:orders}**[[, summasi {first:amount}]], barcha buyurtmalarning {first:share} qismi.</answer uz>
SELECT SUM(CASE WHEN status = 'cancelled' THEN 1 ELSE 0 END) AS orders,
  SUM(CASE WHEN status = 'cancelled' THEN amount ELSE 0 END) AS amount,
  ROUND(100.0 * SUM(CASE WHEN status = 'cancelled' THEN 1 ELSE 0 END) / COUNT(*), 1) AS share
FROM orders
WHERE order_date >= :period_from AND order_date < :period_to AND branch = COALESCE(:branch, branch) AND city = COALESCE(:city, city)
HAVING COUNT(*) > 0;

-- <query name>returns_by_branch</query name>
-- <query title>Returns by branch</query title>
-- <query title ru>Возвраты по филиалам</query title ru>
-- <query title uz>Filiallar boʻyicha qaytarishlar</query title uz>
-- <query description>Returned orders of each branch in a period and their share of its orders, the largest share first.</query description>
-- <query description ru>Возвращённые заказы каждого филиала за период и их доля, по убыванию доли.</query description ru>
-- <query description uz>Davr ichida har bir filialdagi qaytarilgan buyurtmalar va ularning ulushi.</query description uz>
-- <question en>returns by branch</question en>
-- <question en>which branch has the most returns</question en>
-- <question en>return rate per branch</question en>
-- <question en>returned orders of each store this month</question en>
-- <question en>where do customers return goods most</question en>
-- <question ru>возвраты по филиалам</question ru>
-- <question ru>в каком филиале больше всего возвратов</question ru>
-- <question ru>процент возвратов по филиалам</question ru>
-- <question ru>возвращённые заказы каждого магазина за этот месяц</question ru>
-- <question ru>где чаще всего возвращают товар</question ru>
-- <question uz>filiallar boʻyicha qaytarishlar</question uz>
-- <question uz>qaysi filialda qaytarish eng koʻp</question uz>
-- <question uz>filiallar kesimida qaytarish foizi</question uz>
-- <question uz>bu oy har bir doʻkonda qaytarilgan buyurtmalar</question uz>
-- <question uz>tovarni qayerda koʻproq qaytarishadi</question uz>
-- <param name="period" type="period" default="this_month" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <column name="branch" en="Branch" ru="Филиал" uz="Filial" />
-- <column name="orders" unit="orders" en="Orders" ru="Заказы" uz="Buyurtmalar" />
-- <column name="amount" currency="UZS" en="Amount" ru="Сумма" uz="Summa" />
-- <column name="share" unit="percent" en="Share" ru="Доля" uz="Ulush" />
-- <chart type="bar" x="branch" y="amount" horizontal />
-- <answer en>**{total:orders}** orders were returned for {period}, worth {total:amount}. The highest rate is in {first:branch}: {first:share}.</answer en>
-- <answer ru>Возвращено заказов за {period}: **{total:orders}** на сумму {total:amount}. Самая высокая доля — {first:branch}: {first:share}.</answer ru>
-- <answer uz>{period} uchun qaytarilgan buyurtmalar: **{total:orders}**, summasi {total:amount}. Eng yuqori ulush — {first:branch}: {first:share}.</answer uz>
SELECT branch, SUM(CASE WHEN status = 'returned' THEN 1 ELSE 0 END) AS orders,
  SUM(CASE WHEN status = 'returned' THEN amount ELSE 0 END) AS amount,
  ROUND(100.0 * SUM(CASE WHEN status = 'returned' THEN 1 ELSE 0 END) / COUNT(*), 1) AS share
FROM orders
WHERE order_date >= :period_from AND order_date < :period_to
GROUP BY branch
ORDER BY share DESC, branch;
