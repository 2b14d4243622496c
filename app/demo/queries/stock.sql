-- <query name>stock_below_minimum</query name>
-- <query title>Stock below minimum</query title>
-- <query title ru>Запасы ниже минимума</query title ru>
-- <query title uz>Minimumdan kam zaxira</query title uz>
-- <query description>Products of which a warehouse holds less than the minimum now, the largest gap first.</query description>
-- <query description ru>Товары, которых на складе сейчас меньше минимума, по убыванию нехватки.</query description ru>
-- <query description uz>Omborda hozir minimumdan kam qolgan mahsulotlar, eng koʻp yetishmayotgani birinchi.</query description uz>
-- <question en>which products are below the minimum stock</question en>
-- <question en>what is running out</question en>
-- <question en>products to reorder</question en>
-- <question en>low stock items</question en>
-- <question en>what should we buy for the warehouse</question en>
-- <question en>stock below minimum</question en>
-- <question en>what is running low in the warehouse</question en>
-- <question ru>какие товары ниже минимального остатка</question ru>
-- <question ru>что заканчивается на складе</question ru>
-- <question ru>что нужно дозаказать</question ru>
-- <question ru>товары с низким остатком</question ru>
-- <question ru>что закупить на склад</question ru>
-- <question ru>что заказать на склад</question ru>
-- <question ru>запасы ниже минимума</question ru>
-- <question ru>чего мало на складе</question ru>
-- <question uz>qaysi mahsulotlar minimal qoldiqdan kam</question uz>
-- <question uz>omborda nima tugayapti</question uz>
-- <question uz>omborga nimani buyurtma qilish kerak</question uz>
-- <question uz>qoldigʻi kam tovarlar</question uz>
-- <question uz>omborga nima sotib olish kerak</question uz>
-- <question uz>minimumdan kam zaxira</question uz>
-- <question uz>omborda nima kam qoldi</question uz>
-- <param name="warehouse" type="text" lookup="SELECT name, name_ru FROM warehouses" optional en="Warehouse" ru="Склад" uz="Ombor">Only this warehouse.</param>
-- <column name="warehouse" en="Warehouse" ru="Склад" uz="Ombor" />
-- <column name="product" en="Product" ru="Товар" uz="Mahsulot" />
-- <column name="quantity" unit="pcs" en="Quantity" ru="Количество" uz="Miqdor" />
-- <column name="minimum" unit="pcs" en="Minimum" ru="Минимум" uz="Minimum" />
-- <column name="missing" unit="pcs" en="Missing" ru="Не хватает" uz="Yetishmaydi" />
-- <answer en>**{rows}** products are below their minimum[[ in {param:warehouse}]]; {first:product} in {first:warehouse} lacks the most: {first:missing} pieces.</answer en>
-- <answer ru>Товаров ниже минимума[[, {param:warehouse}]]: **{rows}**; больше всего не хватает {first:product} ({first:warehouse}): {first:missing} шт.</answer ru>
-- <answer uz>Minimumdan kam mahsulotlar[[, {param:warehouse}]]: **{rows}**; eng koʻp yetishmayotgani {first:product} ({first:warehouse}): {first:missing} dona.</answer uz>
SELECT warehouse, product, quantity, minimum, minimum - quantity AS missing
FROM stock
WHERE quantity < minimum AND warehouse = COALESCE(:warehouse, warehouse)
ORDER BY missing DESC, product;

-- <query name>shortages_by_warehouse</query name>
-- <query title>Shortages by warehouse</query title>
-- <query title ru>Нехватки по складам</query title ru>
-- <query title uz>Omborlar boʻyicha yetishmovchilik</query title uz>
-- <query description>How many products are below their minimum in each warehouse now.</query description>
-- <query description ru>Сколько товаров сейчас ниже минимума на каждом складе.</query description ru>
-- <query description uz>Har bir omborda hozir nechta mahsulot minimumdan kam.</query description uz>
-- <question en>how many products are below minimum in each warehouse</question en>
-- <question en>shortages by warehouse</question en>
-- <question en>which warehouse has the most shortages</question en>
-- <question en>number of low stock items per warehouse</question en>
-- <question ru>сколько товаров ниже минимума на каждом складе</question ru>
-- <question ru>нехватки по складам</question ru>
-- <question ru>на каком складе больше всего нехваток</question ru>
-- <question ru>число дефицитных товаров по складам</question ru>
-- <question uz>har bir omborda nechta mahsulot minimumdan kam</question uz>
-- <question uz>omborlar boʻyicha yetishmovchilik</question uz>
-- <question uz>qaysi omborda yetishmovchilik eng koʻp</question uz>
-- <question uz>omborlar kesimida kam qolgan tovarlar soni</question uz>
-- <column name="warehouse" en="Warehouse" ru="Склад" uz="Ombor" />
-- <column name="products" en="Products" ru="Товары" uz="Mahsulotlar" />
-- <column name="missing" unit="pcs" en="Missing" ru="Не хватает" uz="Yetishmaydi" />
-- <chart type="bar" x="warehouse" y="missing" horizontal />
-- <answer en>**{total:products}** products are below their minimum; most in {first:warehouse}: {first:products}.</answer en>
-- <answer ru>Товаров ниже минимума: **{total:products}**; больше всего — {first:warehouse}: {first:products}.</answer ru>
-- <answer uz>Minimumdan kam mahsulotlar: **{total:products}**; eng koʻpi — {first:warehouse}: {first:products}.</answer uz>
SELECT warehouse, COUNT(*) AS products, SUM(minimum - quantity) AS missing
FROM stock
WHERE quantity < minimum
GROUP BY warehouse
ORDER BY products DESC, warehouse;

-- <query name>stock_value_by_warehouse</query name>
-- <query title>Stock value by warehouse</query title>
-- <query title ru>Стоимость запасов по складам</query title ru>
-- <query title uz>Omborlar boʻyicha zaxira qiymati</query title uz>
-- <query description>Pieces in stock now and their value at cost in each warehouse.</query description>
-- <query description ru>Остатки в штуках и их стоимость по себестоимости на каждом складе.</query description ru>
-- <query description uz>Har bir ombordagi qoldiq donasi va tannarx boʻyicha qiymati.</query description uz>
-- <question en>what is our stock worth</question en>
-- <question en>stock value by warehouse</question en>
-- <question en>value of goods in the warehouses</question en>
-- <question en>how much money is tied up in stock</question en>
-- <question en>total inventory value</question en>
-- <question en>how much stock do we have in money</question en>
-- <question ru>сколько стоят наши запасы</question ru>
-- <question ru>стоимость запасов по складам</question ru>
-- <question ru>стоимость товаров на складах</question ru>
-- <question ru>сколько денег заморожено в запасах</question ru>
-- <question ru>общая стоимость остатков</question ru>
-- <question ru>на какую сумму товара на складах</question ru>
-- <question uz>zaxiralarimiz qancha turadi</question uz>
-- <question uz>omborlar boʻyicha zaxira qiymati</question uz>
-- <question uz>omborlardagi tovarlar qiymati</question uz>
-- <question uz>zaxirada qancha pul turibdi</question uz>
-- <question uz>qoldiqlarning umumiy qiymati</question uz>
-- <question uz>omborlarda qancha pullik tovar bor</question uz>
-- <column name="warehouse" en="Warehouse" ru="Склад" uz="Ombor" />
-- <column name="quantity" unit="pcs" en="Quantity" ru="Количество" uz="Miqdor" />
-- <column name="value" currency="UZS" en="Stock value" ru="Стоимость запасов" uz="Zaxira qiymati" />
-- <chart type="bar" x="warehouse" y="value" horizontal />
-- <answer en>The stock is worth **{total:value}** at cost; most is in {first:warehouse}: {first:value}.</answer en>
-- <answer ru>Запасы стоят **{total:value}** по себестоимости; больше всего — {first:warehouse}: {first:value}.</answer ru>
-- <answer uz>Zaxiralar tannarx boʻyicha **{total:value}** turadi; eng koʻpi — {first:warehouse}: {first:value}.</answer uz>
SELECT warehouse, SUM(quantity) AS quantity, SUM(value) AS value
FROM stock
GROUP BY warehouse
ORDER BY value DESC, warehouse;

-- <query name>stock_value_by_category</query name>
-- <query title>Stock value by category</query title>
-- <query title ru>Стоимость запасов по категориям</query title ru>
-- <query title uz>Kategoriyalar boʻyicha zaxira qiymati</query title uz>
-- <query description>Pieces in stock now and their value at cost by product category.</query description>
-- <query description ru>Остатки в штуках и их стоимость по категориям товаров.</query description ru>
-- <query description uz>Mahsulot kategoriyalari boʻyicha qoldiq donasi va qiymati.</query description uz>
-- <question en>stock value by category</question en>
-- <question en>which category has the most stock</question en>
-- <question en>inventory by product group</question en>
-- <question en>goods in stock by category</question en>
-- <question ru>стоимость запасов по категориям</question ru>
-- <question ru>в какой категории больше всего запасов</question ru>
-- <question ru>остатки по товарным группам</question ru>
-- <question ru>товары на складе по категориям</question ru>
-- <question uz>kategoriyalar boʻyicha zaxira qiymati</question uz>
-- <question uz>qaysi kategoriyada zaxira eng koʻp</question uz>
-- <question uz>mahsulot guruhlari boʻyicha qoldiqlar</question uz>
-- <question uz>ombordagi tovarlar kategoriyalar kesimida</question uz>
-- <param name="warehouse" type="text" lookup="SELECT name, name_ru FROM warehouses" optional en="Warehouse" ru="Склад" uz="Ombor">Only this warehouse.</param>
-- <column name="category" en="Category" ru="Категория" uz="Kategoriya" />
-- <column name="quantity" unit="pcs" en="Quantity" ru="Количество" uz="Miqdor" />
-- <column name="value" currency="UZS" en="Stock value" ru="Стоимость запасов" uz="Zaxira qiymati" />
-- <chart type="bar" x="category" y="value" horizontal />
-- <answer en>The stock[[ in {param:warehouse}]] is worth **{total:value}** at cost; most is in {first:category}: {first:value}.</answer en>
-- <answer ru>Запасы[[, {param:warehouse}]] стоят **{total:value}** по себестоимости; больше всего — {first:category}: {first:value}.</answer ru>
-- <answer uz>Zaxiralar[[, {param:warehouse}]] tannarx boʻyicha **{total:value}** turadi; eng koʻpi — {first:category}: {first:value}.</answer uz>
SELECT category, SUM(quantity) AS quantity, SUM(value) AS value
FROM stock
WHERE warehouse = COALESCE(:warehouse, warehouse)
GROUP BY category
ORDER BY value DESC, category;

-- <query name>stock_of_product</query name>
-- <query title>Stock of a product</query title>
-- <query title ru>Остаток товара</query title ru>
-- <query title uz>Mahsulot qoldigʻi</query title uz>
-- <query description>How many pieces of one product each warehouse holds now.</query description>
-- <query description ru>Сколько штук одного товара сейчас на каждом складе.</query description ru>
-- <query description uz>Bitta mahsulotdan har bir omborda hozir necha dona bor.</query description uz>
-- <question en>how much of this product is in stock</question en>
-- <question en>stock of a product</question en>
-- <question en>is the product available in the warehouse</question en>
-- <question en>how many pieces are left</question en>
-- <question en>remaining stock of an item</question en>
-- <question ru>сколько этого товара на складе</question ru>
-- <question ru>остаток товара</question ru>
-- <question ru>есть ли товар на складе</question ru>
-- <question ru>сколько штук осталось</question ru>
-- <question ru>остаток позиции по складам</question ru>
-- <question uz>bu mahsulotdan omborda qancha bor</question uz>
-- <question uz>mahsulot qoldigʻi</question uz>
-- <question uz>mahsulot omborda bormi</question uz>
-- <question uz>necha dona qoldi</question uz>
-- <question uz>tovarning omborlardagi qoldigʻi</question uz>
-- <param name="product" type="text" lookup="SELECT name, name_ru, name_en FROM products" en="Product" ru="Товар" uz="Mahsulot">The product asked about.</param>
-- <column name="warehouse" en="Warehouse" ru="Склад" uz="Ombor" />
-- <column name="quantity" unit="pcs" en="Quantity" ru="Количество" uz="Miqdor" />
-- <column name="minimum" unit="pcs" en="Minimum" ru="Минимум" uz="Minimum" />
-- <answer en>**{total:quantity}** pieces of {param:product} are in stock; most in {first:warehouse}: {first:quantity}.</answer en>
-- <answer ru>{param:product}: на складах **{total:quantity}** шт.; больше всего — {first:warehouse}: {first:quantity}.</answer ru>
-- <answer uz>{param:product}: omborlarda **{total:quantity}** dona; eng koʻpi — {first:warehouse}: {first:quantity}.</answer uz>
SELECT warehouse, quantity, minimum
FROM stock
WHERE product = :product
ORDER BY quantity DESC, warehouse;
