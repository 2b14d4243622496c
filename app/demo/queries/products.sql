-- <query name>top_products_by_revenue</query name>
-- <query title>Top products by revenue</query title>
-- <query title ru>Топ товаров по выручке</query title ru>
-- <query title uz>Tushum boʻyicha top mahsulotlar</query title uz>
-- <query description>The products with the largest revenue in a period.</query description>
-- <query description ru>Товары с наибольшей выручкой за период.</query description ru>
-- <query description uz>Davr ichida tushumi eng katta mahsulotlar.</query description uz>
-- <question en>top products by revenue</question en>
-- <question en>top 10 products this month</question en>
-- <question en>which products bring the most money</question en>
-- <question en>best products by sales amount</question en>
-- <question en>leaders of sales by value</question en>
-- <question en>products that bring in the most revenue</question en>
-- <question en>best selling product by revenue</question en>
-- <question en>top products</question en>
-- <question ru>топ товаров по выручке</question ru>
-- <question ru>топ 10 товаров за этот месяц</question ru>
-- <question ru>какие товары приносят больше всего денег</question ru>
-- <question ru>лучшие товары по сумме продаж</question ru>
-- <question ru>лидеры продаж в деньгах</question ru>
-- <question ru>какие товары принесли больше всего выручки</question ru>
-- <question ru>самый продаваемый товар по выручке</question ru>
-- <question ru>топ товаров</question ru>
-- <question uz>tushum boʻyicha top mahsulotlar</question uz>
-- <question uz>bu oydagi top 10 mahsulot</question uz>
-- <question uz>qaysi mahsulotlar eng koʻp pul keltiradi</question uz>
-- <question uz>savdo summasi boʻyicha eng yaxshi tovarlar</question uz>
-- <question uz>pulda savdo yetakchilari</question uz>
-- <question uz>eng koʻp tushum keltirgan mahsulotlar</question uz>
-- <question uz>tushum boʻyicha eng koʻp sotilgan mahsulot</question uz>
-- <question uz>top mahsulotlar</question uz>
-- <question uz>tushum boʻyicha eng yaxshi mahsulotlar</question uz>
-- <param name="period" type="period" default="this_month" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <param name="top" type="integer" default="10" min="1" max="100" en="How many" ru="Сколько" uz="Nechta">How many rows to list.</param>
-- <param name="branch" type="text" lookup="SELECT name, name_ru FROM branches" optional en="Branch" ru="Филиал" uz="Filial">Only this branch.</param>
-- <param name="city" type="text" lookup="SELECT DISTINCT city, city_ru FROM branches" optional en="City" ru="Город" uz="Shahar">Only the branches of this city.</param>
-- <param name="category" type="text" lookup="SELECT name, name_ru, name_en FROM categories" optional en="Category" ru="Категория" uz="Kategoriya">Only this product category.</param>
-- <column name="product" en="Product" ru="Товар" uz="Mahsulot" />
-- <column name="category" en="Category" ru="Категория" uz="Kategoriya" />
-- <column name="quantity" unit="pcs" en="Quantity" ru="Количество" uz="Miqdor" />
-- <column name="revenue" currency="UZS" en="Revenue" ru="Выручка" uz="Tushum" />
-- <column name="profit" currency="UZS" en="Gross profit" ru="Валовая прибыль" uz="Yalpi foyda" />
-- <chart type="bar" x="product" y="revenue" horizontal />
-- <answer en>For {period}[[ in {param:branch}]][[ in {param:city}]][[, category {param:category}]] {first:product} leads with **{first:revenue}**; the {rows} products listed brought {total:revenue} together.</answer en>
-- <answer ru>За {period}[[, филиал {param:branch}]][[, город {param:city}]][[, категория {param:category}]] лидирует {first:product}: **{first:revenue}**; все товары списка ({rows}) принесли {total:revenue}.</answer ru>
-- <answer uz>{period} uchun[[, {param:branch} filiali]][[, {param:city} shahri]][[, {param:category} kategoriyasi]] yetakchi — {first:product}: **{first:revenue}**; roʻyxatdagi {rows} mahsulot jami {total:revenue} keltirdi.</answer uz>
SELECT product, category, SUM(quantity) AS quantity, SUM(amount) AS revenue, SUM(profit) AS profit
FROM sales
WHERE order_date >= :period_from AND order_date < :period_to
  AND branch = COALESCE(:branch, branch) AND city = COALESCE(:city, city) AND category = COALESCE(:category, category)
GROUP BY product_id, product, category
ORDER BY revenue DESC, product
LIMIT :top;

-- <query name>top_products_by_quantity</query name>
-- <query title>Top products by quantity</query title>
-- <query title ru>Топ товаров по количеству</query title ru>
-- <query title uz>Miqdor boʻyicha top mahsulotlar</query title uz>
-- <query description>The products of which the most pieces were sold in a period.</query description>
-- <query description ru>Товары, которых продано больше всего штук за период.</query description ru>
-- <query description uz>Davr ichida eng koʻp dona sotilgan mahsulotlar.</query description uz>
-- <question en>top products by quantity</question en>
-- <question en>which products sell the most pieces</question en>
-- <question en>most sold items this month</question en>
-- <question en>best products by number of units</question en>
-- <question en>what do people buy most often</question en>
-- <question en>top products by count</question en>
-- <question ru>топ товаров по количеству</question ru>
-- <question ru>каких товаров продаётся больше всего штук</question ru>
-- <question ru>самые продаваемые товары за этот месяц</question ru>
-- <question ru>лучшие товары по числу штук</question ru>
-- <question ru>что покупают чаще всего</question ru>
-- <question ru>каких товаров продали больше всего штук</question ru>
-- <question uz>miqdor boʻyicha top mahsulotlar</question uz>
-- <question uz>qaysi mahsulot eng koʻp dona sotiladi</question uz>
-- <question uz>bu oy eng koʻp sotilgan tovarlar</question uz>
-- <question uz>dona soni boʻyicha eng yaxshi mahsulotlar</question uz>
-- <question uz>odamlar eng koʻp nima oladi</question uz>
-- <question uz>soni boʻyicha top mahsulotlar</question uz>
-- <question uz>dona hisobida eng koʻp sotilgan tovarlar</question uz>
-- <param name="period" type="period" default="this_month" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <param name="top" type="integer" default="10" min="1" max="100" en="How many" ru="Сколько" uz="Nechta">How many rows to list.</param>
-- <param name="branch" type="text" lookup="SELECT name, name_ru FROM branches" optional en="Branch" ru="Филиал" uz="Filial">Only this branch.</param>
-- <param name="city" type="text" lookup="SELECT DISTINCT city, city_ru FROM branches" optional en="City" ru="Город" uz="Shahar">Only the branches of this city.</param>
-- <param name="category" type="text" lookup="SELECT name, name_ru, name_en FROM categories" optional en="Category" ru="Категория" uz="Kategoriya">Only this product category.</param>
-- <column name="product" en="Product" ru="Товар" uz="Mahsulot" />
-- <column name="category" en="Category" ru="Категория" uz="Kategoriya" />
-- <column name="quantity" unit="pcs" en="Quantity" ru="Количество" uz="Miqdor" />
-- <column name="revenue" currency="UZS" en="Revenue" ru="Выручка" uz="Tushum" />
-- <column name="profit" currency="UZS" en="Gross profit" ru="Валовая прибыль" uz="Yalpi foyda" />
-- <chart type="bar" x="product" y="quantity" horizontal />
-- <answer en>For {period}[[ in {param:branch}]][[ in {param:city}]][[, category {param:category}]] {first:product} sold best: **{first:quantity}** pieces.</answer en>
-- <answer ru>За {period}[[, филиал {param:branch}]][[, город {param:city}]][[, категория {param:category}]] больше всего продано {first:product}: **{first:quantity}** шт.</answer ru>
-- <answer uz>{period} uchun[[, {param:branch} filiali]][[, {param:city} shahri]][[, {param:category} kategoriyasi]] eng koʻp sotilgani — {first:product}: **{first:quantity}** dona.</answer uz>
SELECT product, category, SUM(quantity) AS quantity, SUM(amount) AS revenue, SUM(profit) AS profit
FROM sales
WHERE order_date >= :period_from AND order_date < :period_to
  AND branch = COALESCE(:branch, branch) AND city = COALESCE(:city, city) AND category = COALESCE(:category, category)
GROUP BY product_id, product, category
ORDER BY quantity DESC, product
LIMIT :top;

-- <query name>top_products_by_profit</query name>
-- <query title>Top products by profit</query title>
-- <query title ru>Топ товаров по прибыли</query title ru>
-- <query title uz>Foyda boʻyicha top mahsulotlar</query title uz>
-- <query description>The products with the largest gross profit in a period.</query description>
-- <query description ru>Товары с наибольшей валовой прибылью за период.</query description ru>
-- <query description uz>Davr ichida yalpi foydasi eng katta mahsulotlar.</query description uz>
-- <question en>top products by profit</question en>
-- <question en>most profitable products</question en>
-- <question en>which products earn us the most profit</question en>
-- <question en>top 5 items by gross profit this month</question en>
-- <question en>what goods are the most lucrative</question en>
-- <question ru>топ товаров по прибыли</question ru>
-- <question ru>самые прибыльные товары</question ru>
-- <question ru>какие товары приносят больше всего прибыли</question ru>
-- <question ru>топ 5 товаров по валовой прибыли за этот месяц</question ru>
-- <question ru>на каких товарах зарабатываем больше всего</question ru>
-- <question uz>foyda boʻyicha top mahsulotlar</question uz>
-- <question uz>eng foydali mahsulotlar</question uz>
-- <question uz>qaysi mahsulotlar eng koʻp foyda beradi</question uz>
-- <question uz>bu oy yalpi foyda boʻyicha top 5 tovar</question uz>
-- <question uz>qaysi tovarlardan eng koʻp ishlaymiz</question uz>
-- <param name="period" type="period" default="this_month" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <param name="top" type="integer" default="10" min="1" max="100" en="How many" ru="Сколько" uz="Nechta">How many rows to list.</param>
-- <param name="branch" type="text" lookup="SELECT name, name_ru FROM branches" optional en="Branch" ru="Филиал" uz="Filial">Only this branch.</param>
-- <param name="city" type="text" lookup="SELECT DISTINCT city, city_ru FROM branches" optional en="City" ru="Город" uz="Shahar">Only the branches of this city.</param>
-- <param name="category" type="text" lookup="SELECT name, name_ru, name_en FROM categories" optional en="Category" ru="Категория" uz="Kategoriya">Only this product category.</param>
-- <column name="product" en="Product" ru="Товар" uz="Mahsulot" />
-- <column name="category" en="Category" ru="Категория" uz="Kategoriya" />
-- <column name="quantity" unit="pcs" en="Quantity" ru="Количество" uz="Miqdor" />
-- <column name="revenue" currency="UZS" en="Revenue" ru="Выручка" uz="Tushum" />
-- <column name="profit" currency="UZS" en="Gross profit" ru="Валовая прибыль" uz="Yalpi foyda" />
-- <chart type="bar" x="product" y="profit" horizontal />
-- <answer en>For {period}[[ in {param:branch}]][[ in {param:city}]][[, category {param:category}]] {first:product} earned the most gross profit: **{first:profit}**.</answer en>
-- <answer ru>За {period}[[, филиал {param:branch}]][[, город {param:city}]][[, категория {param:category}]] больше всего валовой прибыли принёс товар {first:product}: **{first:profit}**.</answer ru>
-- <answer uz>{period} uchun[[, {param:branch} filiali]][[, {param:city} shahri]][[, {param:category} kategoriyasi]] eng koʻp yalpi foyda — {first:product}: **{first:profit}**.</answer uz>
SELECT product, category, SUM(quantity) AS quantity, SUM(amount) AS revenue, SUM(profit) AS profit
FROM sales
WHERE order_date >= :period_from AND order_date < :period_to
  AND branch = COALESCE(:branch, branch) AND city = COALESCE(:city, city) AND category = COALESCE(:category, category)
GROUP BY product_id, product, category
ORDER BY profit DESC, product
LIMIT :top;

-- <query name>slow_movers</query name>
-- <query title>Slow movers</query title>
-- <query title ru>Плохо продающиеся товары</query title ru>
-- <query title uz>Sust sotilayotgan mahsulotlar</query title uz>
-- <query description>The products of which the fewest pieces were sold in a period, unsold ones first.</query description>
-- <query description ru>Товары, которых продано меньше всего штук за период, сначала непроданные.</query description ru>
-- <query description uz>Davr ichida eng kam sotilgan mahsulotlar, sotilmaganlari birinchi.</query description uz>
-- <question en>slow moving products</question en>
-- <question en>which products sell worst</question en>
-- <question en>goods that hardly sell</question en>
-- <question en>worst selling items of the last 90 days</question en>
-- <question en>unpopular products</question en>
-- <question en>what is not selling</question en>
-- <question en>what does not sell</question en>
-- <question en>dead stock</question en>
-- <question ru>плохо продающиеся товары</question ru>
-- <question ru>какие товары продаются хуже всего</question ru>
-- <question ru>неликвидные товары</question ru>
-- <question ru>худшие товары по продажам за последние 90 дней</question ru>
-- <question ru>непопулярные товары</question ru>
-- <question ru>что не продаётся</question ru>
-- <question ru>товары, которые почти не покупают</question ru>
-- <question ru>что плохо продаётся</question ru>
-- <question ru>залежавшийся товар</question ru>
-- <question uz>sust sotilayotgan mahsulotlar</question uz>
-- <question uz>qaysi mahsulotlar eng yomon sotiladi</question uz>
-- <question uz>deyarli sotilmayotgan tovarlar</question uz>
-- <question uz>oxirgi 90 kunda eng kam sotilgan tovarlar</question uz>
-- <question uz>ommabop boʻlmagan mahsulotlar</question uz>
-- <question uz>nima sotilmayapti</question uz>
-- <question uz>nima yomon sotilyapti</question uz>
-- <question uz>oʻtirib qolgan tovarlar</question uz>
-- <param name="period" type="period" default="last_90_days" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <param name="top" type="integer" default="10" min="1" max="100" en="How many" ru="Сколько" uz="Nechta">How many rows to list.</param>
-- <param name="category" type="text" lookup="SELECT name, name_ru, name_en FROM categories" optional en="Category" ru="Категория" uz="Kategoriya">Only this product category.</param>
-- <column name="product" en="Product" ru="Товар" uz="Mahsulot" />
-- <column name="category" en="Category" ru="Категория" uz="Kategoriya" />
-- <column name="quantity" unit="pcs" en="Quantity" ru="Количество" uz="Miqdor" />
-- <column name="revenue" currency="UZS" en="Revenue" ru="Выручка" uz="Tushum" />
-- <answer en>The slowest product for {period}[[ in {param:category}]] is {first:product}: **{first:quantity}** pieces. The table lists the {rows} weakest.</answer en>
-- <answer ru>Хуже всего за {period}[[ в категории {param:category}]] продаётся {first:product}: **{first:quantity}** шт. Слабейших товаров в таблице: {rows}.</answer ru>
-- <answer uz>{period} uchun[[ {param:category} kategoriyasida]] eng sust mahsulot — {first:product}: **{first:quantity}** dona. Jadvalda eng sust {rows} mahsulot.</answer uz>
SELECT p.name AS product, p.category, COALESCE(s.quantity, 0) AS quantity, COALESCE(s.revenue, 0) AS revenue
FROM products AS p
LEFT JOIN (
  SELECT product_id, SUM(quantity) AS quantity, SUM(amount) AS revenue
  FROM sales
  WHERE order_date >= :period_from AND order_date < :period_to
  GROUP BY product_id
) AS s ON s.product_id = p.id
WHERE p.category = COALESCE(:category, p.category)
ORDER BY COALESCE(s.quantity, 0), p.name
LIMIT :top;

-- <query name>discounts_by_category</query name>
-- <query title>Discounts given</query title>
-- <query title ru>Предоставленные скидки</query title ru>
-- <query title uz>Berilgan chegirmalar</query title uz>
-- <query description>Discounts given in a period by product category, and their share of the price before discount.</query description>
-- <query description ru>Скидки за период по категориям и их доля от цены до скидки.</query description ru>
-- <query description uz>Davr ichida kategoriyalar boʻyicha berilgan chegirmalar va ularning ulushi.</query description uz>
-- <question en>how much discount did we give</question en>
-- <question en>discounts this month</question en>
-- <question en>discounts by category</question en>
-- <question en>discounts per product category</question en>
-- <question en>total of price reductions</question en>
-- <question en>where do we give the largest discounts</question en>
-- <question en>how much did we lose on discounts</question en>
-- <question ru>сколько скидок мы дали</question ru>
-- <question ru>скидки за этот месяц</question ru>
-- <question ru>скидки по категориям</question ru>
-- <question ru>скидки по категориям товаров</question ru>
-- <question ru>общая сумма скидок</question ru>
-- <question ru>где самые большие скидки</question ru>
-- <question ru>сколько ушло на скидки</question ru>
-- <question uz>qancha chegirma berdik</question uz>
-- <question uz>bu oydagi chegirmalar</question uz>
-- <question uz>kategoriyalar boʻyicha chegirmalar</question uz>
-- <question uz>tovar kategoriyalari boʻyicha chegirmalar</question uz>
-- <question uz>chegirmalarning umumiy summasi</question uz>
-- <question uz>eng katta chegirmalar qayerda</question uz>
-- <question uz>chegirmalarga qancha ketdi</question uz>
-- <param name="period" type="period" default="this_month" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <param name="branch" type="text" lookup="SELECT name, name_ru FROM branches" optional en="Branch" ru="Филиал" uz="Filial">Only this branch.</param>
-- <param name="city" type="text" lookup="SELECT DISTINCT city, city_ru FROM branches" optional en="City" ru="Город" uz="Shahar">Only the branches of this city.</param>
-- <column name="category" en="Category" ru="Категория" uz="Kategoriya" />
-- <column name="discount" currency="UZS" en="Discounts" ru="Скидки" uz="Chegirmalar" />
-- <column name="share" unit="percent" en="Share" ru="Доля" uz="Ulush" />
-- <chart type="bar" x="category" y="discount" horizontal />
-- <answer en>Discounts for {period}[[ in {param:branch}]][[ in {param:city}]] came to **{total:discount}**; most in {first:category}: {first:discount}.</answer en>
-- <answer ru>Скидки за {period}[[, филиал {param:branch}]][[, город {param:city}]]: **{total:discount}**; больше всего — {first:category}: {first:discount}.</answer ru>
-- <answer uz>{period} uchun chegirmalar[[, {param:branch} filiali]][[, {param:city} shahri]]: **{total:discount}**; eng koʻpi — {first:category}: {first:discount}.</answer uz>
SELECT category, SUM(discount) AS discount, ROUND(100.0 * SUM(discount) / SUM(amount + discount), 1) AS share
FROM sales
WHERE order_date >= :period_from AND order_date < :period_to AND branch = COALESCE(:branch, branch) AND city = COALESCE(:city, city)
GROUP BY category
ORDER BY discount DESC, category;

-- <query name>product_price</query name>
-- <query title>Price of a product</query title>
-- <query title ru>Цена товара</query title ru>
-- <query title uz>Mahsulot narxi</query title uz>
-- <query description>The present list price and cost of one product.</query description>
-- <query description ru>Текущая цена и себестоимость одного товара.</query description ru>
-- <query description uz>Bitta mahsulotning hozirgi narxi va tannarxi.</query description uz>
-- <question en>price of a product</question en>
-- <question en>how much does this product cost</question en>
-- <question en>what is the price of the item</question en>
-- <question en>list price and cost of a product</question en>
-- <question ru>цена товара</question ru>
-- <question ru>сколько стоит этот товар</question ru>
-- <question ru>какая цена у товара</question ru>
-- <question ru>цена и себестоимость товара</question ru>
-- <question uz>mahsulot narxi</question uz>
-- <question uz>bu mahsulot qancha turadi</question uz>
-- <question uz>tovarning narxi qanday</question uz>
-- <question uz>mahsulotning narxi va tannarxi</question uz>
-- <question uz>mahsulot necha pul turadi</question uz>
-- <param name="product" type="text" lookup="SELECT name, name_ru, name_en FROM products" en="Product" ru="Товар" uz="Mahsulot">The product asked about.</param>
-- <column name="product" en="Product" ru="Товар" uz="Mahsulot" />
-- <column name="category" en="Category" ru="Категория" uz="Kategoriya" />
-- <column name="price" currency="UZS" en="Price" ru="Цена" uz="Narx" />
-- <column name="cost" currency="UZS" en="Cost of goods" ru="Себестоимость" uz="Tannarx" />
-- <answer en>{first:product} costs **{first:price}**; it costs us {first:cost}.</answer en>
-- <answer ru>{first:product}: цена **{first:price}**, себестоимость {first:cost}.</answer ru>
-- <answer uz>{first:product}: narxi **{first:price}**, tannarxi {first:cost}.</answer uz>
SELECT name AS product, category, price, cost
FROM products
WHERE name = :product;
