-- <query name>revenue_total</query name>
-- <query title>Total revenue</query title>
-- <query title ru>Общая выручка</query title ru>
-- <query title uz>Jami tushum</query title uz>
-- <query description>Net revenue of a period, without cancelled and returned orders, for everything or one branch or channel.</query description>
-- <query description ru>Чистая выручка за период без отменённых и возвращённых заказов, всего или по одному филиалу или каналу.</query description ru>
-- <query description uz>Davr uchun sof tushum, bekor qilingan va qaytarilgan buyurtmalarsiz; hammasi yoki bitta filial yoki kanal boʻyicha.</query description uz>
-- <question en>how much did we sell this month</question en>
-- <question en>what is our revenue</question en>
-- <question en>total sales for last month</question en>
-- <question en>what was the turnover this year</question en>
-- <question en>how much money did the branch make</question en>
-- <question en>revenue of the Chilonzor branch</question en>
-- <question en>our sales figure for today</question en>
-- <question en>how much money did we make in sales</question en>
-- <question en>how much did we make</question en>
-- <question en>net revenue of the month</question en>
-- <question ru>какая выручка за этот месяц</question ru>
-- <question ru>сколько мы продали</question ru>
-- <question ru>общий объём продаж за прошлый месяц</question ru>
-- <question ru>какой оборот за год</question ru>
-- <question ru>сколько заработал филиал</question ru>
-- <question ru>выручка филиала Чиланзар</question ru>
-- <question ru>на какую сумму продали сегодня</question ru>
-- <question ru>сколько мы наторговали</question ru>
-- <question ru>чистая выручка за месяц</question ru>
-- <question uz>bu oy tushum qancha boʻldi</question uz>
-- <question uz>qancha savdo qildik</question uz>
-- <question uz>oʻtgan oyda jami sotuv qancha</question uz>
-- <question uz>bu yilgi aylanma qancha</question uz>
-- <question uz>filial qancha pul ishladi</question uz>
-- <question uz>Chilonzor filialining tushumi</question uz>
-- <question uz>bugun necha soʻmlik savdo boʻldi</question uz>
-- <question uz>qancha ishladik</question uz>
-- <question uz>bu oydagi sof tushum</question uz>
-- <param name="period" type="period" default="this_month" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <param name="branch" type="text" lookup="SELECT name, name_ru FROM branches" optional en="Branch" ru="Филиал" uz="Filial">Only this branch.</param>
-- <param name="city" type="text" lookup="SELECT DISTINCT city, city_ru FROM branches" optional en="City" ru="Город" uz="Shahar">Only the branches of this city.</param>
-- <param name="channel" type="text" lookup="SELECT name, name_ru, name_en FROM channels" optional en="Channel" ru="Канал" uz="Kanal">Only this sales channel.</param>
-- <column name="revenue" currency="UZS" en="Revenue" ru="Выручка" uz="Tushum" />
-- <column name="orders" unit="orders" en="Orders" ru="Заказы" uz="Buyurtmalar" />
-- <answer en>Revenue for {period}[[ in {param:branch}]][[ in {param:city}]][[, channel {param:channel}]] was **{total:revenue}**, from {total:orders} orders.</answer en>
-- <answer ru>Выручка за {period}[[, филиал {param:branch}]][[, город {param:city}]][[, канал {param:channel}]]: **{total:revenue}**, заказов: {total:orders}.</answer ru>
-- <answer uz>{period} uchun tushum[[, {param:branch} filiali]][[, {param:city} shahri]][[, {param:channel} kanali]]: **{total:revenue}**, buyurtmalar soni: {total:orders}.</answer uz>
SELECT SUM(amount) AS revenue, COUNT(DISTINCT order_id) AS orders
FROM sales
WHERE order_date >= :period_from AND order_date < :period_to
  AND branch = COALESCE(:branch, branch) AND city = COALESCE(:city, city) AND channel = COALESCE(:channel, channel)
HAVING COUNT(*) > 0;

-- <query name>revenue_by_branch</query name>
-- <query title>Revenue by branch</query title>
-- <query title ru>Выручка по филиалам</query title ru>
-- <query title uz>Filiallar boʻyicha tushum</query title uz>
-- <query description>Net revenue of each branch in a period, the largest first.</query description>
-- <query description ru>Чистая выручка каждого филиала за период, по убыванию.</query description ru>
-- <query description uz>Davr ichida har bir filialning sof tushumi, kattasidan boshlab.</query description uz>
-- <question en>revenue by branch</question en>
-- <question en>sales of each branch this month</question en>
-- <question en>compare branches by revenue</question en>
-- <question en>show sales per store for last month</question en>
-- <question en>how are the branches doing</question en>
-- <question en>which branch sold the least</question en>
-- <question en>revenue of each branch compared</question en>
-- <question en>branch revenue</question en>
-- <question ru>выручка по филиалам</question ru>
-- <question ru>продажи каждого филиала за этот месяц</question ru>
-- <question ru>сравни филиалы по выручке</question ru>
-- <question ru>покажи продажи по магазинам за прошлый месяц</question ru>
-- <question ru>как работают филиалы</question ru>
-- <question ru>какой филиал продал меньше всех</question ru>
-- <question ru>выручка филиалов</question ru>
-- <question uz>filiallar boʻyicha tushum</question uz>
-- <question uz>har bir filialning bu oydagi savdosi</question uz>
-- <question uz>filiallarni tushum boʻyicha solishtir</question uz>
-- <question uz>oʻtgan oyda doʻkonlar kesimida sotuv</question uz>
-- <question uz>filiallar qanday ishlayapti</question uz>
-- <question uz>qaysi filial kam sotdi</question uz>
-- <question uz>filiallar tushumi</question uz>
-- <param name="period" type="period" default="this_month" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <param name="city" type="text" lookup="SELECT DISTINCT city, city_ru FROM branches" optional en="City" ru="Город" uz="Shahar">Only the branches of this city.</param>
-- <param name="channel" type="text" lookup="SELECT name, name_ru, name_en FROM channels" optional en="Channel" ru="Канал" uz="Kanal">Only this sales channel.</param>
-- <param name="category" type="text" lookup="SELECT name, name_ru, name_en FROM categories" optional en="Category" ru="Категория" uz="Kategoriya">Only this product category.</param>
-- <column name="branch" en="Branch" ru="Филиал" uz="Filial" />
-- <column name="revenue" currency="UZS" en="Revenue" ru="Выручка" uz="Tushum" />
-- <column name="orders" unit="orders" en="Orders" ru="Заказы" uz="Buyurtmalar" />
-- <column name="share" unit="percent" en="Share" ru="Доля" uz="Ulush" />
-- <chart type="bar" x="branch" y="revenue" horizontal />
-- <answer en>Revenue for {period}[[ in {param:city}]][[, channel {param:channel}]][[, category {param:category}]] was **{total:revenue}** over {rows} branches. {first:branch} leads with {first:revenue} ({first:share}); {last:branch} comes last with {last:revenue}.</answer en>
-- <answer ru>Выручка за {period}[[, город {param:city}]][[, канал {param:channel}]][[, категория {param:category}]]: **{total:revenue}**, филиалов: {rows}. Лидер — {first:branch}: {first:revenue} ({first:share}), на последнем месте {last:branch}: {last:revenue}.</answer ru>
-- <answer uz>{period} uchun tushum[[, {param:city} shahri]][[, {param:channel} kanali]][[, {param:category} kategoriyasi]]: **{total:revenue}**, filiallar soni: {rows}. Yetakchi — {first:branch}: {first:revenue} ({first:share}), oxirgi oʻrinda {last:branch}: {last:revenue}.</answer uz>
SELECT branch, SUM(amount) AS revenue, COUNT(DISTINCT order_id) AS orders,
  ROUND(100.0 * SUM(amount) / SUM(SUM(amount)) OVER (), 1) AS share
FROM sales
WHERE order_date >= :period_from AND order_date < :period_to
  AND city = COALESCE(:city, city) AND channel = COALESCE(:channel, channel)
  AND category = COALESCE(:category, category)
GROUP BY branch
ORDER BY revenue DESC, branch;

-- <query name>top_branches</query name>
-- <query title>Top branches by revenue</query title>
-- <query title ru>Топ филиалов по выручке</query title ru>
-- <query title uz>Tushum boʻyicha top filiallar</query title uz>
-- <query description>The branches with the largest revenue in a period.</query description>
-- <query description ru>Филиалы с наибольшей выручкой за период.</query description ru>
-- <query description uz>Davr ichida tushumi eng katta filiallar.</query description uz>
-- <question en>top branches by revenue</question en>
-- <question en>top 3 branches this month</question en>
-- <question en>top branches</question en>
-- <question en>the 3 best branches</question en>
-- <question en>top 5 stores by sales</question en>
-- <question en>best branch by turnover</question en>
-- <question en>best branch</question en>
-- <question en>which branch sells the most</question en>
-- <question en>which branch earned the most</question en>
-- <question ru>топ филиалов по выручке</question ru>
-- <question ru>топ 3 филиала за этот месяц</question ru>
-- <question ru>топ филиалов</question ru>
-- <question ru>три лучших филиала</question ru>
-- <question ru>топ 5 магазинов по продажам</question ru>
-- <question ru>лучший филиал по обороту</question ru>
-- <question ru>лучший филиал</question ru>
-- <question ru>какой филиал продаёт больше всех</question ru>
-- <question ru>какой филиал заработал больше всех</question ru>
-- <question uz>tushum boʻyicha top filiallar</question uz>
-- <question uz>bu oydagi top 3 filial</question uz>
-- <question uz>top filiallar</question uz>
-- <question uz>eng yaxshi 3 ta filial</question uz>
-- <question uz>savdo boʻyicha top 5 doʻkon</question uz>
-- <question uz>aylanma boʻyicha eng yaxshi filial</question uz>
-- <question uz>eng yaxshi filial</question uz>
-- <question uz>tushumi eng yuqori filial</question uz>
-- <question uz>qaysi filial eng koʻp sotadi</question uz>
-- <question uz>qaysi filial eng koʻp pul ishladi</question uz>
-- <param name="period" type="period" default="this_month" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <param name="top" type="integer" default="3" min="1" max="100" en="How many" ru="Сколько" uz="Nechta">How many rows to list.</param>
-- <param name="city" type="text" lookup="SELECT DISTINCT city, city_ru FROM branches" optional en="City" ru="Город" uz="Shahar">Only the branches of this city.</param>
-- <param name="channel" type="text" lookup="SELECT name, name_ru, name_en FROM channels" optional en="Channel" ru="Канал" uz="Kanal">Only this sales channel.</param>
-- <param name="category" type="text" lookup="SELECT name, name_ru, name_en FROM categories" optional en="Category" ru="Категория" uz="Kategoriya">Only this product category.</param>
-- <column name="branch" en="Branch" ru="Филиал" uz="Filial" />
-- <column name="revenue" currency="UZS" en="Revenue" ru="Выручка" uz="Tushum" />
-- <column name="orders" unit="orders" en="Orders" ru="Заказы" uz="Buyurtmalar" />
-- <column name="share" unit="percent" en="Share" ru="Доля" uz="Ulush" />
-- <chart type="bar" x="branch" y="revenue" horizontal />
-- <answer en>For {period}[[ in {param:city}]][[, channel {param:channel}]][[, category {param:category}]] {first:branch} leads with **{first:revenue}** ({first:share} of the total); the branches listed ({rows}) brought {total:revenue} together.</answer en>
-- <answer ru>За {period}[[, город {param:city}]][[, канал {param:channel}]][[, категория {param:category}]] лидирует {first:branch}: **{first:revenue}** ({first:share} от общей суммы); все филиалы списка ({rows}) принесли {total:revenue}.</answer ru>
-- <answer uz>{period} uchun[[, {param:city} shahri]][[, {param:channel} kanali]][[, {param:category} kategoriyasi]] yetakchi — {first:branch}: **{first:revenue}** (jami summaning {first:share} qismi); roʻyxatdagi filiallar ({rows}) jami {total:revenue} keltirdi.</answer uz>
SELECT branch, SUM(amount) AS revenue, COUNT(DISTINCT order_id) AS orders,
  ROUND(100.0 * SUM(amount) / SUM(SUM(amount)) OVER (), 1) AS share
FROM sales
WHERE order_date >= :period_from AND order_date < :period_to
  AND city = COALESCE(:city, city) AND channel = COALESCE(:channel, channel) AND category = COALESCE(:category, category)
GROUP BY branch
ORDER BY revenue DESC, branch
LIMIT :top;

-- <query name>revenue_by_category</query name>
-- <query title>Revenue by category</query title>
-- <query title ru>Выручка по категориям</query title ru>
-- <query title uz>Kategoriyalar boʻyicha tushum</query title uz>
-- <query description>Net revenue of each product category in a period, the largest first, with its share.</query description>
-- <query description ru>Чистая выручка каждой товарной категории за период с её долей.</query description ru>
-- <query description uz>Davr ichida har bir mahsulot kategoriyasining sof tushumi va ulushi.</query description uz>
-- <question en>revenue by category</question en>
-- <question en>sales by product group this month</question en>
-- <question en>which category sells best</question en>
-- <question en>share of each category in sales</question en>
-- <question en>turnover per product category last quarter</question en>
-- <question en>what do we sell the most of by category</question en>
-- <question ru>выручка по категориям</question ru>
-- <question ru>продажи по товарным группам за этот месяц</question ru>
-- <question ru>какая категория продаётся лучше всего</question ru>
-- <question ru>доля каждой категории в продажах</question ru>
-- <question ru>оборот по категориям товаров за прошлый квартал</question ru>
-- <question ru>что продаём больше всего по категориям</question ru>
-- <question uz>kategoriyalar boʻyicha tushum</question uz>
-- <question uz>bu oy mahsulot guruhlari boʻyicha savdo</question uz>
-- <question uz>qaysi kategoriya eng yaxshi sotilyapti</question uz>
-- <question uz>har bir kategoriyaning savdodagi ulushi</question uz>
-- <question uz>oʻtgan chorakda kategoriyalar aylanmasi</question uz>
-- <question uz>kategoriya kesimida eng koʻp nima sotamiz</question uz>
-- <param name="period" type="period" default="this_month" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <param name="branch" type="text" lookup="SELECT name, name_ru FROM branches" optional en="Branch" ru="Филиал" uz="Filial">Only this branch.</param>
-- <param name="city" type="text" lookup="SELECT DISTINCT city, city_ru FROM branches" optional en="City" ru="Город" uz="Shahar">Only the branches of this city.</param>
-- <param name="channel" type="text" lookup="SELECT name, name_ru, name_en FROM channels" optional en="Channel" ru="Канал" uz="Kanal">Only this sales channel.</param>
-- <column name="category" en="Category" ru="Категория" uz="Kategoriya" />
-- <column name="revenue" currency="UZS" en="Revenue" ru="Выручка" uz="Tushum" />
-- <column name="quantity" unit="pcs" en="Quantity" ru="Количество" uz="Miqdor" />
-- <column name="share" unit="percent" en="Share" ru="Доля" uz="Ulush" />
-- <chart type="bar" x="category" y="revenue" horizontal />
-- <answer en>Revenue for {period}[[ in {param:branch}]][[ in {param:city}]][[, channel {param:channel}]] was **{total:revenue}**. The largest category is {first:category} with {first:revenue}, {first:share} of the total.</answer en>
-- <answer ru>Выручка за {period}[[, филиал {param:branch}]][[, город {param:city}]][[, канал {param:channel}]]: **{total:revenue}**. Крупнейшая категория — {first:category}: {first:revenue}, {first:share} от общей суммы.</answer ru>
-- <answer uz>{period} uchun tushum[[, {param:branch} filiali]][[, {param:city} shahri]][[, {param:channel} kanali]]: **{total:revenue}**. Eng katta kategoriya — {first:category}: {first:revenue}, jami summaning {first:share} qismi.</answer uz>
SELECT category, SUM(amount) AS revenue, SUM(quantity) AS quantity,
  ROUND(100.0 * SUM(amount) / SUM(SUM(amount)) OVER (), 1) AS share
FROM sales
WHERE order_date >= :period_from AND order_date < :period_to
  AND branch = COALESCE(:branch, branch) AND city = COALESCE(:city, city) AND channel = COALESCE(:channel, channel)
GROUP BY category
ORDER BY revenue DESC, category;

-- <query name>top_categories</query name>
-- <query title>Top categories by revenue</query title>
-- <query title ru>Топ категорий по выручке</query title ru>
-- <query title uz>Tushum boʻyicha top kategoriyalar</query title uz>
-- <query description>The product categories with the largest revenue in a period.</query description>
-- <query description ru>Категории товаров с наибольшей выручкой за период.</query description ru>
-- <query description uz>Davr ichida tushumi eng katta mahsulot kategoriyalari.</query description uz>
-- <question en>top categories by revenue</question en>
-- <question en>top 3 categories this month</question en>
-- <question en>top categories</question en>
-- <question en>the 5 best categories</question en>
-- <question ru>топ категорий по выручке</question ru>
-- <question ru>топ 3 категории за этот месяц</question ru>
-- <question ru>топ категорий</question ru>
-- <question ru>пять лучших категорий</question ru>
-- <question uz>tushum boʻyicha top kategoriyalar</question uz>
-- <question uz>bu oydagi top 3 kategoriya</question uz>
-- <question uz>top kategoriyalar</question uz>
-- <question uz>eng yaxshi 5 ta kategoriya</question uz>
-- <param name="period" type="period" default="this_month" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <param name="top" type="integer" default="5" min="1" max="100" en="How many" ru="Сколько" uz="Nechta">How many rows to list.</param>
-- <param name="branch" type="text" lookup="SELECT name, name_ru FROM branches" optional en="Branch" ru="Филиал" uz="Filial">Only this branch.</param>
-- <param name="city" type="text" lookup="SELECT DISTINCT city, city_ru FROM branches" optional en="City" ru="Город" uz="Shahar">Only the branches of this city.</param>
-- <param name="channel" type="text" lookup="SELECT name, name_ru, name_en FROM channels" optional en="Channel" ru="Канал" uz="Kanal">Only this sales channel.</param>
-- <column name="category" en="Category" ru="Категория" uz="Kategoriya" />
-- <column name="revenue" currency="UZS" en="Revenue" ru="Выручка" uz="Tushum" />
-- <column name="quantity" unit="pcs" en="Quantity" ru="Количество" uz="Miqdor" />
-- <column name="share" unit="percent" en="Share" ru="Доля" uz="Ulush" />
-- <chart type="bar" x="category" y="revenue" horizontal />
-- <answer en>For {period}[[ in {param:branch}]][[ in {param:city}]][[, channel {param:channel}]] the largest category is {first:category} with **{first:revenue}** ({first:share} of the total); the categories listed ({rows}) brought {total:revenue} together.</answer en>
-- <answer ru>За {period}[[, филиал {param:branch}]][[, город {param:city}]][[, канал {param:channel}]] крупнейшая категория — {first:category}: **{first:revenue}** ({first:share} от общей суммы); все категории списка ({rows}) принесли {total:revenue}.</answer ru>
-- <answer uz>{period} uchun[[, {param:branch} filiali]][[, {param:city} shahri]][[, {param:channel} kanali]] eng katta kategoriya — {first:category}: **{first:revenue}** (jami summaning {first:share} qismi); roʻyxatdagi kategoriyalar ({rows}) jami {total:revenue} keltirdi.</answer uz>
SELECT category, SUM(amount) AS revenue, SUM(quantity) AS quantity,
  ROUND(100.0 * SUM(amount) / SUM(SUM(amount)) OVER (), 1) AS share
FROM sales
WHERE order_date >= :period_from AND order_date < :period_to
  AND branch = COALESCE(:branch, branch) AND city = COALESCE(:city, city) AND channel = COALESCE(:channel, channel)
GROUP BY category
ORDER BY revenue DESC, category
LIMIT :top;

-- <query name>revenue_by_month</query name>
-- <query title>Revenue by month</query title>
-- <query title ru>Выручка по месяцам</query title ru>
-- <query title uz>Oylar boʻyicha tushum</query title uz>
-- <query description>Net revenue month by month, for everything or one branch or category.</query description>
-- <query description ru>Чистая выручка по месяцам, всего или по одному филиалу или категории.</query description ru>
-- <query description uz>Oyma-oy sof tushum; hammasi yoki bitta filial yoki kategoriya boʻyicha.</query description uz>
-- <question en>revenue by month</question en>
-- <question en>monthly sales</question en>
-- <question en>how did sales develop over the year</question en>
-- <question en>sales trend by month</question en>
-- <question en>revenue for each month this year</question en>
-- <question en>show the dynamics of turnover</question en>
-- <question ru>выручка по месяцам</question ru>
-- <question ru>ежемесячные продажи</question ru>
-- <question ru>как менялись продажи в течение года</question ru>
-- <question ru>динамика продаж по месяцам</question ru>
-- <question ru>выручка за каждый месяц этого года</question ru>
-- <question ru>покажи динамику оборота</question ru>
-- <question uz>oylar boʻyicha tushum</question uz>
-- <question uz>oylik savdo</question uz>
-- <question uz>yil davomida savdo qanday oʻzgardi</question uz>
-- <question uz>oyma-oy sotuv dinamikasi</question uz>
-- <question uz>bu yilning har bir oyi uchun tushum</question uz>
-- <question uz>aylanma dinamikasini koʻrsat</question uz>
-- <param name="period" type="period" default="last_12_months" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <param name="branch" type="text" lookup="SELECT name, name_ru FROM branches" optional en="Branch" ru="Филиал" uz="Filial">Only this branch.</param>
-- <param name="city" type="text" lookup="SELECT DISTINCT city, city_ru FROM branches" optional en="City" ru="Город" uz="Shahar">Only the branches of this city.</param>
-- <param name="category" type="text" lookup="SELECT name, name_ru, name_en FROM categories" optional en="Category" ru="Категория" uz="Kategoriya">Only this product category.</param>
-- <param name="channel" type="text" lookup="SELECT name, name_ru, name_en FROM channels" optional en="Channel" ru="Канал" uz="Kanal">Only this sales channel.</param>
-- <column name="month" en="Month" ru="Месяц" uz="Oy" />
-- <column name="revenue" currency="UZS" en="Revenue" ru="Выручка" uz="Tushum" />
-- <column name="orders" unit="orders" en="Orders" ru="Заказы" uz="Buyurtmalar" />
-- <chart type="line" x="month" y="revenue" />
-- <answer en>Revenue for {period}[[ in {param:branch}]][[ in {param:city}]][[, category {param:category}]][[, channel {param:channel}]] was **{total:revenue}** over {rows} months: from {first:revenue} in {first:month} to {last:revenue} in {last:month}.</answer en>
-- <answer ru>Выручка за {period}[[, филиал {param:branch}]][[, город {param:city}]][[, категория {param:category}]][[, канал {param:channel}]]: **{total:revenue}**, месяцев: {rows}. {first:month}: {first:revenue}, {last:month}: {last:revenue}.</answer ru>
-- <answer uz>{period} uchun tushum[[, {param:branch} filiali]][[, {param:city} shahri]][[, {param:category} kategoriyasi]][[, {param:channel} kanali]]: **{total:revenue}**, oylar soni: {rows}. {first:month}: {first:revenue}, {last:month}: {last:revenue}.</answer uz>
SELECT month, SUM(amount) AS revenue, COUNT(DISTINCT order_id) AS orders
FROM sales
WHERE order_date >= :period_from AND order_date < :period_to
  AND branch = COALESCE(:branch, branch) AND city = COALESCE(:city, city) AND category = COALESCE(:category, category)
  AND channel = COALESCE(:channel, channel)
GROUP BY month
ORDER BY month;

-- <query name>revenue_by_day</query name>
-- <query title>Revenue by day</query title>
-- <query title ru>Выручка по дням</query title ru>
-- <query title uz>Kunlar boʻyicha tushum</query title uz>
-- <query description>Net revenue and orders of each day of a period.</query description>
-- <query description ru>Чистая выручка и число заказов за каждый день периода.</query description ru>
-- <query description uz>Davrning har bir kuni uchun sof tushum va buyurtmalar soni.</query description uz>
-- <question en>revenue by day</question en>
-- <question en>daily sales this month</question en>
-- <question en>sales for each day of last week</question en>
-- <question en>how much did we sell day by day</question en>
-- <question en>show daily turnover</question en>
-- <question en>revenue per day</question en>
-- <question ru>выручка по дням</question ru>
-- <question ru>ежедневные продажи за этот месяц</question ru>
-- <question ru>продажи за каждый день прошлой недели</question ru>
-- <question ru>сколько продавали день за днём</question ru>
-- <question ru>покажи дневной оборот</question ru>
-- <question ru>выручка за каждый день</question ru>
-- <question uz>kunlar boʻyicha tushum</question uz>
-- <question uz>bu oydagi kunlik savdo</question uz>
-- <question uz>oʻtgan haftaning har bir kuni uchun savdo</question uz>
-- <question uz>kunma-kun qancha sotdik</question uz>
-- <question uz>kunlik aylanmani koʻrsat</question uz>
-- <question uz>har kungi tushum</question uz>
-- <param name="period" type="period" default="this_month" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <param name="branch" type="text" lookup="SELECT name, name_ru FROM branches" optional en="Branch" ru="Филиал" uz="Filial">Only this branch.</param>
-- <param name="city" type="text" lookup="SELECT DISTINCT city, city_ru FROM branches" optional en="City" ru="Город" uz="Shahar">Only the branches of this city.</param>
-- <param name="channel" type="text" lookup="SELECT name, name_ru, name_en FROM channels" optional en="Channel" ru="Канал" uz="Kanal">Only this sales channel.</param>
-- <column name="day" en="Day" ru="День" uz="Kun" />
-- <column name="revenue" currency="UZS" en="Revenue" ru="Выручка" uz="Tushum" />
-- <column name="orders" unit="orders" en="Orders" ru="Заказы" uz="Buyurtmalar" />
-- <chart type="line" x="day" y="revenue" />
-- <answer en>Revenue for {period}[[ in {param:branch}]][[ in {param:city}]][[, channel {param:channel}]] was **{total:revenue}** over {rows} days.</answer en>
-- <answer ru>Выручка за {period}[[, филиал {param:branch}]][[, город {param:city}]][[, канал {param:channel}]]: **{total:revenue}**, дней с продажами: {rows}.</answer ru>
-- <answer uz>{period} uchun tushum[[, {param:branch} filiali]][[, {param:city} shahri]][[, {param:channel} kanali]]: **{total:revenue}**, savdo kunlari: {rows}.</answer uz>
SELECT order_date AS day, SUM(amount) AS revenue, COUNT(DISTINCT order_id) AS orders
FROM sales
WHERE order_date >= :period_from AND order_date < :period_to
  AND branch = COALESCE(:branch, branch) AND city = COALESCE(:city, city) AND channel = COALESCE(:channel, channel)
GROUP BY order_date
ORDER BY order_date;

-- <query name>top_days</query name>
-- <query title>Best days by revenue</query title>
-- <query title ru>Лучшие дни по выручке</query title ru>
-- <query title uz>Tushum boʻyicha eng yaxshi kunlar</query title uz>
-- <query description>The days of a period with the largest net revenue.</query description>
-- <query description ru>Дни периода с наибольшей чистой выручкой.</query description ru>
-- <query description uz>Davrning sof tushumi eng katta kunlari.</query description uz>
-- <question en>best day by revenue</question en>
-- <question en>which day had the largest sales</question en>
-- <question en>the busiest day of the month</question en>
-- <question en>top 5 days by sales</question en>
-- <question ru>лучший день по выручке</question ru>
-- <question ru>в какой день были самые большие продажи</question ru>
-- <question ru>самый загруженный день</question ru>
-- <question ru>топ 5 дней по продажам</question ru>
-- <question uz>tushum boʻyicha eng yaxshi kun</question uz>
-- <question uz>qaysi kuni savdo eng katta boʻldi</question uz>
-- <question uz>eng band kun</question uz>
-- <question uz>savdo boʻyicha top 5 kun</question uz>
-- <param name="period" type="period" default="this_month" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <param name="top" type="integer" default="5" min="1" max="100" en="How many" ru="Сколько" uz="Nechta">How many rows to list.</param>
-- <param name="branch" type="text" lookup="SELECT name, name_ru FROM branches" optional en="Branch" ru="Филиал" uz="Filial">Only this branch.</param>
-- <param name="city" type="text" lookup="SELECT DISTINCT city, city_ru FROM branches" optional en="City" ru="Город" uz="Shahar">Only the branches of this city.</param>
-- <param name="channel" type="text" lookup="SELECT name, name_ru, name_en FROM channels" optional en="Channel" ru="Канал" uz="Kanal">Only this sales channel.</param>
-- <column name="day" en="Day" ru="День" uz="Kun" />
-- <column name="revenue" currency="UZS" en="Revenue" ru="Выручка" uz="Tushum" />
-- <column name="orders" unit="orders" en="Orders" ru="Заказы" uz="Buyurtmalar" />
-- <answer en>The best day for {period}[[ in {param:branch}]][[ in {param:city}]][[, channel {param:channel}]] was {first:day} with **{first:revenue}** from {first:orders} orders; the table lists the best {rows}.</answer en>
-- <answer ru>Лучший день за {period}[[, филиал {param:branch}]][[, город {param:city}]][[, канал {param:channel}]] — {first:day}: **{first:revenue}**, заказов: {first:orders}; лучших дней в таблице: {rows}.</answer ru>
-- <answer uz>{period} uchun[[, {param:branch} filiali]][[, {param:city} shahri]][[, {param:channel} kanali]] eng yaxshi kun — {first:day}: **{first:revenue}**, buyurtmalar soni: {first:orders}; jadvaldagi eng yaxshi kunlar: {rows}.</answer uz>
SELECT order_date AS day, SUM(amount) AS revenue, COUNT(DISTINCT order_id) AS orders
FROM sales
WHERE order_date >= :period_from AND order_date < :period_to
  AND branch = COALESCE(:branch, branch) AND city = COALESCE(:city, city) AND channel = COALESCE(:channel, channel)
GROUP BY order_date
ORDER BY revenue DESC, day
LIMIT :top;

-- <query name>revenue_by_weekday</query name>
-- <query title>Revenue by weekday</query title>
-- <query title ru>Выручка по дням недели</query title ru>
-- <query title uz>Hafta kunlari boʻyicha tushum</query title uz>
-- <query description>Net revenue and orders by day of the week, Monday first.</query description>
-- <query description ru>Чистая выручка и число заказов по дням недели, начиная с понедельника.</query description ru>
-- <query description uz>Hafta kunlari boʻyicha sof tushum va buyurtmalar, dushanbadan boshlab.</query description uz>
-- <question en>revenue by weekday</question en>
-- <question en>which day of the week sells best</question en>
-- <question en>sales by day of the week</question en>
-- <question en>are weekends better than weekdays</question en>
-- <question en>busiest day of the week</question en>
-- <question en>which weekday is the strongest</question en>
-- <question ru>выручка по дням недели</question ru>
-- <question ru>в какой день недели продажи лучше</question ru>
-- <question ru>продажи по дням недели</question ru>
-- <question ru>в выходные продаём больше, чем в будни</question ru>
-- <question ru>самый загруженный день недели</question ru>
-- <question ru>самый сильный день недели</question ru>
-- <question uz>hafta kunlari boʻyicha tushum</question uz>
-- <question uz>haftaning qaysi kuni savdo yaxshi</question uz>
-- <question uz>hafta kunlari kesimida sotuv</question uz>
-- <question uz>dam olish kunlari savdo koʻproqmi</question uz>
-- <question uz>haftaning eng gavjum kuni</question uz>
-- <question uz>haftaning eng kuchli kuni</question uz>
-- <param name="period" type="period" default="last_90_days" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <param name="branch" type="text" lookup="SELECT name, name_ru FROM branches" optional en="Branch" ru="Филиал" uz="Filial">Only this branch.</param>
-- <param name="city" type="text" lookup="SELECT DISTINCT city, city_ru FROM branches" optional en="City" ru="Город" uz="Shahar">Only the branches of this city.</param>
-- <param name="channel" type="text" lookup="SELECT name, name_ru, name_en FROM channels" optional en="Channel" ru="Канал" uz="Kanal">Only this sales channel.</param>
-- <column name="weekday" en="Weekday (1 = Monday)" ru="День недели (1 — понедельник)" uz="Hafta kuni (1 — dushanba)" />
-- <column name="revenue" currency="UZS" en="Revenue" ru="Выручка" uz="Tushum" />
-- <column name="orders" unit="orders" en="Orders" ru="Заказы" uz="Buyurtmalar" />
-- <column name="share" unit="percent" en="Share" ru="Доля" uz="Ulush" />
-- <chart type="bar" x="weekday" y="revenue" />
-- <answer en>Revenue for {period}[[ in {param:branch}]][[ in {param:city}]][[, channel {param:channel}]] was **{total:revenue}**; the table splits it by weekday, from Monday (1) to Sunday (7): {first:revenue} on Mondays, {last:revenue} on Sundays.</answer en>
-- <answer ru>Выручка за {period}[[, филиал {param:branch}]][[, город {param:city}]][[, канал {param:channel}]]: **{total:revenue}**; в таблице — по дням недели от понедельника (1) до воскресенья (7): {first:revenue} по понедельникам, {last:revenue} по воскресеньям.</answer ru>
-- <answer uz>{period} uchun tushum[[, {param:branch} filiali]][[, {param:city} shahri]][[, {param:channel} kanali]]: **{total:revenue}**; jadvalda dushanbadan (1) yakshanbagacha (7): dushanba kunlari {first:revenue}, yakshanba kunlari {last:revenue}.</answer uz>
SELECT weekday, SUM(amount) AS revenue, COUNT(DISTINCT order_id) AS orders,
  ROUND(100.0 * SUM(amount) / SUM(SUM(amount)) OVER (), 1) AS share
FROM sales
WHERE order_date >= :period_from AND order_date < :period_to
  AND branch = COALESCE(:branch, branch) AND city = COALESCE(:city, city) AND channel = COALESCE(:channel, channel)
GROUP BY 1
ORDER BY 1;

-- <query name>revenue_by_channel</query name>
-- <query title>Revenue by sales channel</query title>
-- <query title ru>Выручка по каналам продаж</query title ru>
-- <query title uz>Savdo kanallari boʻyicha tushum</query title uz>
-- <query description>Net revenue of each sales channel in a period: in store, online, by phone, wholesale.</query description>
-- <query description ru>Чистая выручка каждого канала продаж за период: магазин, онлайн, телефон, опт.</query description ru>
-- <query description uz>Davr ichida har bir savdo kanalining sof tushumi: filial, onlayn, telefon, ulgurji.</query description uz>
-- <question en>revenue by channel</question en>
-- <question en>sales by channel this month</question en>
-- <question en>share of each sales channel</question en>
-- <question en>online versus store sales</question en>
-- <question en>how much is sold online, by phone and wholesale</question en>
-- <question ru>выручка по каналам</question ru>
-- <question ru>продажи по каналам за этот месяц</question ru>
-- <question ru>доля каждого канала продаж</question ru>
-- <question ru>онлайн продажи против магазинных</question ru>
-- <question ru>сколько продаём онлайн, по телефону и оптом</question ru>
-- <question uz>kanallar boʻyicha tushum</question uz>
-- <question uz>bu oy kanallar boʻyicha savdo</question uz>
-- <question uz>har bir savdo kanalining ulushi</question uz>
-- <question uz>onlayn va filial savdosini solishtir</question uz>
-- <question uz>onlayn, telefon va ulgurji qancha sotamiz</question uz>
-- <param name="period" type="period" default="this_month" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <param name="branch" type="text" lookup="SELECT name, name_ru FROM branches" optional en="Branch" ru="Филиал" uz="Filial">Only this branch.</param>
-- <param name="city" type="text" lookup="SELECT DISTINCT city, city_ru FROM branches" optional en="City" ru="Город" uz="Shahar">Only the branches of this city.</param>
-- <column name="channel" en="Channel" ru="Канал" uz="Kanal" />
-- <column name="revenue" currency="UZS" en="Revenue" ru="Выручка" uz="Tushum" />
-- <column name="orders" unit="orders" en="Orders" ru="Заказы" uz="Buyurtmalar" />
-- <column name="share" unit="percent" en="Share" ru="Доля" uz="Ulush" />
-- <chart type="donut" x="channel" y="revenue" />
-- <answer en>Revenue for {period}[[ in {param:branch}]][[ in {param:city}]] was **{total:revenue}**. The main channel is {first:channel} with {first:revenue} ({first:share}).</answer en>
-- <answer ru>Выручка за {period}[[, филиал {param:branch}]][[, город {param:city}]]: **{total:revenue}**. Основной канал — {first:channel}: {first:revenue} ({first:share}).</answer ru>
-- <answer uz>{period} uchun tushum[[, {param:branch} filiali]][[, {param:city} shahri]]: **{total:revenue}**. Asosiy kanal — {first:channel}: {first:revenue} ({first:share}).</answer uz>
SELECT channel, SUM(amount) AS revenue, COUNT(DISTINCT order_id) AS orders,
  ROUND(100.0 * SUM(amount) / SUM(SUM(amount)) OVER (), 1) AS share
FROM sales
WHERE order_date >= :period_from AND order_date < :period_to AND branch = COALESCE(:branch, branch) AND city = COALESCE(:city, city)
GROUP BY channel
ORDER BY revenue DESC, channel;

-- <query name>revenue_by_city</query name>
-- <query title>Revenue by city</query title>
-- <query title ru>Выручка по городам</query title ru>
-- <query title uz>Shaharlar boʻyicha tushum</query title uz>
-- <query description>Net revenue of the branches of each city in a period.</query description>
-- <query description ru>Чистая выручка филиалов каждого города за период.</query description ru>
-- <query description uz>Davr ichida har bir shahar filiallarining sof tushumi.</query description uz>
-- <question en>revenue by city</question en>
-- <question en>sales by city this month</question en>
-- <question en>which city brings the most</question en>
-- <question en>turnover of each town</question en>
-- <question en>regional sales</question en>
-- <question ru>выручка по городам</question ru>
-- <question ru>продажи по городам за этот месяц</question ru>
-- <question ru>какой город приносит больше всего</question ru>
-- <question ru>оборот каждого города</question ru>
-- <question ru>продажи по регионам</question ru>
-- <question uz>shaharlar boʻyicha tushum</question uz>
-- <question uz>bu oy shaharlar kesimida savdo</question uz>
-- <question uz>qaysi shahar eng koʻp daromad keltiradi</question uz>
-- <question uz>har bir shaharning aylanmasi</question uz>
-- <question uz>hududlar boʻyicha savdo</question uz>
-- <param name="period" type="period" default="this_month" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <column name="city" en="City" ru="Город" uz="Shahar" />
-- <column name="revenue" currency="UZS" en="Revenue" ru="Выручка" uz="Tushum" />
-- <column name="orders" unit="orders" en="Orders" ru="Заказы" uz="Buyurtmalar" />
-- <column name="share" unit="percent" en="Share" ru="Доля" uz="Ulush" />
-- <chart type="bar" x="city" y="revenue" horizontal />
-- <answer en>Revenue for {period} was **{total:revenue}**. {first:city} brings the most: {first:revenue} ({first:share}).</answer en>
-- <answer ru>Выручка за {period}: **{total:revenue}**. Больше всего приносит {first:city}: {first:revenue} ({first:share}).</answer ru>
-- <answer uz>{period} uchun tushum: **{total:revenue}**. Eng koʻp keltirgan shahar — {first:city}: {first:revenue} ({first:share}).</answer uz>
SELECT city, SUM(amount) AS revenue, COUNT(DISTINCT order_id) AS orders,
  ROUND(100.0 * SUM(amount) / SUM(SUM(amount)) OVER (), 1) AS share
FROM sales
WHERE order_date >= :period_from AND order_date < :period_to
GROUP BY city
ORDER BY revenue DESC, city;

-- <query name>revenue_by_customer_kind</query name>
-- <query title>Retail and business revenue</query title>
-- <query title ru>Выручка: розница и бизнес-клиенты</query title ru>
-- <query title uz>Chakana va biznes mijozlar tushumi</query title uz>
-- <query description>Net revenue from people, from businesses and from passers-by without a card.</query description>
-- <query description ru>Чистая выручка от частных лиц, от компаний и от покупателей без карты.</query description ru>
-- <query description uz>Jismoniy shaxslar, kompaniyalar va kartasiz xaridorlardan sof tushum.</query description uz>
-- <question en>revenue by kind of customer</question en>
-- <question en>business customers versus private people</question en>
-- <question en>how much do companies buy from us</question en>
-- <question en>share of corporate clients in sales</question en>
-- <question en>sales to individuals and to businesses</question en>
-- <question en>sales to companies and to private people</question en>
-- <question en>individuals and legal entities</question en>
-- <question ru>выручка по типам клиентов</question ru>
-- <question ru>юридические лица против физических</question ru>
-- <question ru>сколько у нас покупают компании</question ru>
-- <question ru>доля корпоративных клиентов в продажах</question ru>
-- <question ru>продажи частным лицам и бизнесу</question ru>
-- <question ru>выручка от юрлиц и физлиц</question ru>
-- <question ru>юридические и физические лица</question ru>
-- <question uz>mijoz turi boʻyicha tushum</question uz>
-- <question uz>yuridik va jismoniy shaxslar savdosi</question uz>
-- <question uz>kompaniyalar bizdan qancha xarid qiladi</question uz>
-- <question uz>korporativ mijozlarning savdodagi ulushi</question uz>
-- <question uz>jismoniy shaxslar va bizneslarga sotuv</question uz>
-- <question uz>yuridik va jismoniy shaxslardan tushum</question uz>
-- <param name="period" type="period" default="this_month" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <column name="revenue" currency="UZS" en="Revenue" ru="Выручка" uz="Tushum" />
-- <column name="businesses" currency="UZS" en="Businesses" ru="Бизнес-клиенты" uz="Biznes mijozlar" />
-- <column name="businesses_share" unit="percent" en="Businesses, share" ru="Бизнес-клиенты, доля" uz="Biznes mijozlar, ulush" />
-- <column name="people" currency="UZS" en="Private customers" ru="Частные лица" uz="Jismoniy shaxslar" />
-- <column name="people_share" unit="percent" en="Private customers, share" ru="Частные лица, доля" uz="Jismoniy shaxslar, ulush" />
-- <column name="passers_by" currency="UZS" en="Without a card" ru="Без карты" uz="Kartasiz" />
-- <column name="passers_by_share" unit="percent" en="Without a card, share" ru="Без карты, доля" uz="Kartasiz, ulush" />
-- <answer en>Revenue for {period} was **{first:revenue}**: businesses brought {first:businesses} ({first:businesses_share}), private customers {first:people} ({first:people_share}), buyers without a card {first:passers_by} ({first:passers_by_share}).</answer en>
-- <answer ru>Выручка за {period}: **{first:revenue}**; бизнес-клиенты принесли {first:businesses} ({first:businesses_share}), частные лица {first:people} ({first:people_share}), покупатели без карты {first:passers_by} ({first:passers_by_share}).</answer ru>
-- <answer uz>{period} uchun tushum: **{first:revenue}**; biznes mijozlardan {first:businesses} ({first:businesses_share}), jismoniy shaxslardan {first:people} ({first:people_share}), kartasiz xaridorlardan {first:passers_by} ({first:passers_by_share}).</answer uz>
SELECT SUM(amount) AS revenue,
  SUM(CASE WHEN customer_kind = 'business' THEN amount ELSE 0 END) AS businesses, ROUND(100.0 * SUM(CASE WHEN customer_kind = 'business' THEN amount ELSE 0 END) / SUM(amount), 1) AS businesses_share,
  SUM(CASE WHEN customer_kind = 'person' THEN amount ELSE 0 END) AS people, ROUND(100.0 * SUM(CASE WHEN customer_kind = 'person' THEN amount ELSE 0 END) / SUM(amount), 1) AS people_share,
  SUM(CASE WHEN customer_kind IS NULL THEN amount ELSE 0 END) AS passers_by, ROUND(100.0 * SUM(CASE WHEN customer_kind IS NULL THEN amount ELSE 0 END) / SUM(amount), 1) AS passers_by_share
FROM sales
WHERE order_date >= :period_from AND order_date < :period_to
HAVING COUNT(*) > 0;

-- <query name>revenue_of_category</query name>
-- <query title>Revenue of one category</query title>
-- <query title ru>Выручка одной категории</query title ru>
-- <query title uz>Bitta kategoriya tushumi</query title uz>
-- <query description>What one product category brought in a period: revenue, pieces and gross profit.</query description>
-- <query description ru>Что принесла одна категория товаров за период: выручка, штуки, валовая прибыль.</query description ru>
-- <query description uz>Bitta mahsulot kategoriyasi davr ichida keltirgan tushum, dona va yalpi foyda.</query description uz>
-- <question en>how much did the category bring</question en>
-- <question en>sales of one category</question en>
-- <question en>revenue of drinks this month</question en>
-- <question en>how many sweets did we sell</question en>
-- <question en>how well does this category sell</question en>
-- <question ru>сколько принесла категория</question ru>
-- <question ru>продажи одной категории</question ru>
-- <question ru>выручка по напиткам за этот месяц</question ru>
-- <question ru>сколько продали сладостей</question ru>
-- <question ru>как продаётся эта категория</question ru>
-- <question uz>kategoriya qancha keltirdi</question uz>
-- <question uz>bitta kategoriya savdosi</question uz>
-- <question uz>bu oy ichimliklar tushumi</question uz>
-- <question uz>qancha shirinlik sotdik</question uz>
-- <question uz>bu kategoriya qanday sotilyapti</question uz>
-- <param name="category" type="text" lookup="SELECT name, name_ru, name_en FROM categories" en="Category" ru="Категория" uz="Kategoriya">The product category asked about.</param>
-- <param name="period" type="period" default="this_month" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <param name="branch" type="text" lookup="SELECT name, name_ru FROM branches" optional en="Branch" ru="Филиал" uz="Filial">Only this branch.</param>
-- <param name="city" type="text" lookup="SELECT DISTINCT city, city_ru FROM branches" optional en="City" ru="Город" uz="Shahar">Only the branches of this city.</param>
-- <column name="category" en="Category" ru="Категория" uz="Kategoriya" />
-- <column name="revenue" currency="UZS" en="Revenue" ru="Выручка" uz="Tushum" />
-- <column name="quantity" unit="pcs" en="Quantity" ru="Количество" uz="Miqdor" />
-- <column name="profit" currency="UZS" en="Gross profit" ru="Валовая прибыль" uz="Yalpi foyda" />
-- <answer en>{param:category} brought **{total:revenue}** for {period}[[ in {param:branch}]][[ in {param:city}]]: {total:quantity} pieces, gross profit {total:profit}.</answer en>
-- <answer ru>Категория {param:category} за {period}[[, филиал {param:branch}]][[, город {param:city}]]: **{total:revenue}**, продано {total:quantity} шт., валовая прибыль {total:profit}.</answer ru>
-- <answer uz>{param:category} kategoriyasi {period} uchun[[, {param:branch} filiali]][[, {param:city} shahri]]: **{total:revenue}**, {total:quantity} dona sotildi, yalpi foyda {total:profit}.</answer uz>
SELECT category, SUM(amount) AS revenue, SUM(quantity) AS quantity, SUM(profit) AS profit
FROM sales
WHERE order_date >= :period_from AND order_date < :period_to
  AND category = :category AND branch = COALESCE(:branch, branch) AND city = COALESCE(:city, city)
GROUP BY category;

-- <query name>revenue_of_product</query name>
-- <query title>Sales of one product</query title>
-- <query title ru>Продажи одного товара</query title ru>
-- <query title uz>Bitta mahsulot savdosi</query title uz>
-- <query description>Pieces, revenue and gross profit of one product in a period.</query description>
-- <query description ru>Штуки, выручка и валовая прибыль одного товара за период.</query description ru>
-- <query description uz>Bitta mahsulotning davrdagi donasi, tushumi va yalpi foydasi.</query description uz>
-- <question en>sales of a product</question en>
-- <question en>how many pieces of this product did we sell</question en>
-- <question en>revenue of one product this month</question en>
-- <question en>how does the product sell</question en>
-- <question en>how much did we earn on this item</question en>
-- <question ru>продажи товара</question ru>
-- <question ru>сколько штук этого товара продали</question ru>
-- <question ru>выручка по одному товару за этот месяц</question ru>
-- <question ru>как продаётся товар</question ru>
-- <question ru>сколько заработали на этом товаре</question ru>
-- <question uz>mahsulot savdosi</question uz>
-- <question uz>bu mahsulotdan necha dona sotdik</question uz>
-- <question uz>bu oy bitta mahsulot boʻyicha tushum</question uz>
-- <question uz>mahsulot qanday sotilyapti</question uz>
-- <question uz>bu tovardan qancha ishladik</question uz>
-- <param name="product" type="text" lookup="SELECT name, name_ru, name_en FROM products" en="Product" ru="Товар" uz="Mahsulot">The product asked about.</param>
-- <param name="period" type="period" default="this_month" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <param name="branch" type="text" lookup="SELECT name, name_ru FROM branches" optional en="Branch" ru="Филиал" uz="Filial">Only this branch.</param>
-- <param name="city" type="text" lookup="SELECT DISTINCT city, city_ru FROM branches" optional en="City" ru="Город" uz="Shahar">Only the branches of this city.</param>
-- <column name="product" en="Product" ru="Товар" uz="Mahsulot" />
-- <column name="quantity" unit="pcs" en="Quantity" ru="Количество" uz="Miqdor" />
-- <column name="revenue" currency="UZS" en="Revenue" ru="Выручка" uz="Tushum" />
-- <column name="profit" currency="UZS" en="Gross profit" ru="Валовая прибыль" uz="Yalpi foyda" />
-- <answer en>{param:product} for {period}[[ in {param:branch}]][[ in {param:city}]]: **{total:quantity}** pieces, revenue {total:revenue}, gross profit {total:profit}.</answer en>
-- <answer ru>{param:product} за {period}[[, филиал {param:branch}]][[, город {param:city}]]: **{total:quantity}** шт., выручка {total:revenue}, валовая прибыль {total:profit}.</answer ru>
-- <answer uz>{param:product}, {period} uchun[[, {param:branch} filiali]][[, {param:city} shahri]]: **{total:quantity}** dona, tushum {total:revenue}, yalpi foyda {total:profit}.</answer uz>
SELECT product, SUM(quantity) AS quantity, SUM(amount) AS revenue, SUM(profit) AS profit
FROM sales
WHERE order_date >= :period_from AND order_date < :period_to
  AND product = :product AND branch = COALESCE(:branch, branch) AND city = COALESCE(:city, city)
GROUP BY product;
