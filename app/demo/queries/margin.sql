-- <query name>gross_profit</query name>
-- <query title>Gross profit and margin</query title>
-- <query title ru>Валовая прибыль и маржа</query title ru>
-- <query title uz>Yalpi foyda va marja</query title uz>
-- <query description>Revenue, cost of goods, gross profit and margin of a period.</query description>
-- <query description ru>Выручка, себестоимость, валовая прибыль и маржа за период.</query description ru>
-- <query description uz>Davr uchun tushum, tannarx, yalpi foyda va marja.</query description uz>
-- <question en>what is our gross profit</question en>
-- <question en>gross margin this month</question en>
-- <question en>how much did we earn after cost of goods</question en>
-- <question en>profit for last month</question en>
-- <question en>what is the margin</question en>
-- <question en>how profitable are we</question en>
-- <question ru>какая у нас валовая прибыль</question ru>
-- <question ru>валовая маржа за этот месяц</question ru>
-- <question ru>сколько заработали за вычетом себестоимости</question ru>
-- <question ru>прибыль за прошлый месяц</question ru>
-- <question ru>какая маржа</question ru>
-- <question ru>насколько мы прибыльны</question ru>
-- <question uz>yalpi foydamiz qancha</question uz>
-- <question uz>bu oy yalpi marja</question uz>
-- <question uz>tannarxdan keyin qancha ishladik</question uz>
-- <question uz>oʻtgan oydagi foyda</question uz>
-- <question uz>marja necha foiz</question uz>
-- <question uz>qanchalik foydalimiz</question uz>
-- <param name="period" type="period" default="this_month" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <param name="branch" type="text" lookup="SELECT name, name_ru FROM branches" optional en="Branch" ru="Филиал" uz="Filial">Only this branch.</param>
-- <param name="city" type="text" lookup="SELECT DISTINCT city, city_ru FROM branches" optional en="City" ru="Город" uz="Shahar">Only the branches of this city.</param>
-- <column name="revenue" currency="UZS" en="Revenue" ru="Выручка" uz="Tushum" />
-- <column name="cost" currency="UZS" en="Cost of goods" ru="Себестоимость" uz="Tannarx" />
-- <column name="profit" currency="UZS" en="Gross profit" ru="Валовая прибыль" uz="Yalpi foyda" />
-- <column name="margin" unit="percent" en="Margin" ru="Маржа" uz="Marja" />
-- <answer en>Gross profit for {period}[[ in {param:branch}]][[ in {param:city}]] was **{first:profit}**, a margin of {first:margin}: revenue {first:revenue} less cost of goods {first:cost}.</answer en>
-- <answer ru>Валовая прибыль за {period}[[, филиал {param:branch}]][[, город {param:city}]]: **{first:profit}**, маржа {first:margin}: выручка {first:revenue} минус себестоимость {first:cost}.</answer ru>
-- <answer uz>{period} uchun yalpi foyda[[, {param:branch} filiali]][[, {param:city} shahri]]: **{first:profit}**, marja {first:margin}: tushum {first:revenue}, tannarx {first:cost}.</answer uz>
SELECT SUM(amount) AS revenue, SUM(cost) AS cost, SUM(profit) AS profit, ROUND(100.0 * SUM(profit) / SUM(amount), 1) AS margin
FROM sales
WHERE order_date >= :period_from AND order_date < :period_to AND branch = COALESCE(:branch, branch) AND city = COALESCE(:city, city)
HAVING COUNT(*) > 0;

-- <query name>margin_by_category</query name>
-- <query title>Margin by category</query title>
-- <query title ru>Маржа по категориям</query title ru>
-- <query title uz>Kategoriyalar boʻyicha marja</query title uz>
-- <query description>Gross profit and margin of each product category in a period, the best margin first.</query description>
-- <query description ru>Валовая прибыль и маржа каждой категории за период, по убыванию маржи.</query description ru>
-- <query description uz>Davr ichida har bir kategoriyaning yalpi foydasi va marjasi, yuqorisidan.</query description uz>
-- <question en>margin by category</question en>
-- <question en>which category is most profitable</question en>
-- <question en>gross profit of each product group</question en>
-- <question en>where do we earn the best margin</question en>
-- <question en>low margin categories</question en>
-- <question ru>маржа по категориям</question ru>
-- <question ru>какая категория самая прибыльная</question ru>
-- <question ru>валовая прибыль каждой товарной группы</question ru>
-- <question ru>где у нас лучшая маржинальность</question ru>
-- <question ru>категории с низкой маржой</question ru>
-- <question uz>kategoriyalar boʻyicha marja</question uz>
-- <question uz>qaysi kategoriya eng foydali</question uz>
-- <question uz>har bir mahsulot guruhining yalpi foydasi</question uz>
-- <question uz>qayerda marja eng yaxshi</question uz>
-- <question uz>marjasi past kategoriyalar</question uz>
-- <param name="period" type="period" default="this_month" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <param name="branch" type="text" lookup="SELECT name, name_ru FROM branches" optional en="Branch" ru="Филиал" uz="Filial">Only this branch.</param>
-- <param name="city" type="text" lookup="SELECT DISTINCT city, city_ru FROM branches" optional en="City" ru="Город" uz="Shahar">Only the branches of this city.</param>
-- <column name="category" en="Category" ru="Категория" uz="Kategoriya" />
-- <column name="revenue" currency="UZS" en="Revenue" ru="Выручка" uz="Tushum" />
-- <column name="profit" currency="UZS" en="Gross profit" ru="Валовая прибыль" uz="Yalpi foyda" />
-- <column name="margin" unit="percent" en="Margin" ru="Маржа" uz="Marja" />
-- <chart type="bar" x="category" y="revenue profit" horizontal />
-- <answer en>Gross profit for {period}[[ in {param:branch}]][[ in {param:city}]] was **{total:profit}**. The best margin: {first:category} with {first:margin}; the lowest: {last:category} with {last:margin}.</answer en>
-- <answer ru>Валовая прибыль за {period}[[, филиал {param:branch}]][[, город {param:city}]]: **{total:profit}**. Лучшая маржа: {first:category}, {first:margin}; самая низкая: {last:category}, {last:margin}.</answer ru>
-- <answer uz>{period} uchun yalpi foyda[[, {param:branch} filiali]][[, {param:city} shahri]]: **{total:profit}**. Eng yaxshi marja: {first:category}, {first:margin}; eng pasti: {last:category}, {last:margin}.</answer uz>
SELECT category, SUM(amount) AS revenue, SUM(profit) AS profit, ROUND(100.0 * SUM(profit) / SUM(amount), 1) AS margin
FROM sales
WHERE order_date >= :period_from AND order_date < :period_to AND branch = COALESCE(:branch, branch) AND city = COALESCE(:city, city)
GROUP BY category
ORDER BY margin DESC, category;

-- <query name>profit_by_branch</query name>
-- <query title>Gross profit by branch</query title>
-- <query title ru>Валовая прибыль по филиалам</query title ru>
-- <query title uz>Filiallar boʻyicha yalpi foyda</query title uz>
-- <query description>Gross profit and margin of each branch in a period, the largest profit first.</query description>
-- <query description ru>Валовая прибыль и маржа каждого филиала за период, по убыванию прибыли.</query description ru>
-- <query description uz>Davr ichida har bir filialning yalpi foydasi va marjasi.</query description uz>
-- <question en>profit by branch</question en>
-- <question en>which branch earns the most profit</question en>
-- <question en>gross profit of each branch this month</question en>
-- <question en>margin per branch</question en>
-- <question en>most profitable store</question en>
-- <question ru>прибыль по филиалам</question ru>
-- <question ru>какой филиал приносит больше всего прибыли</question ru>
-- <question ru>валовая прибыль каждого филиала за этот месяц</question ru>
-- <question ru>маржа по филиалам</question ru>
-- <question ru>самый прибыльный магазин</question ru>
-- <question uz>filiallar boʻyicha foyda</question uz>
-- <question uz>qaysi filial eng koʻp foyda keltiradi</question uz>
-- <question uz>har bir filialning bu oydagi yalpi foydasi</question uz>
-- <question uz>filiallar kesimida marja</question uz>
-- <question uz>eng foydali doʻkon</question uz>
-- <param name="period" type="period" default="this_month" en="Period" ru="Период" uz="Davr">The days counted.</param>
-- <column name="branch" en="Branch" ru="Филиал" uz="Filial" />
-- <column name="revenue" currency="UZS" en="Revenue" ru="Выручка" uz="Tushum" />
-- <column name="profit" currency="UZS" en="Gross profit" ru="Валовая прибыль" uz="Yalpi foyda" />
-- <column name="margin" unit="percent" en="Margin" ru="Маржа" uz="Marja" />
-- <chart type="bar" x="branch" y="profit" horizontal />
-- <answer en>Gross profit for {period} was **{total:profit}**. {first:branch} earned the most: {first:profit} at a margin of {first:margin}.</answer en>
-- <answer ru>Валовая прибыль за {period}: **{total:profit}**. Больше всех заработал {first:branch}: {first:profit}, маржа {first:margin}.</answer ru>
-- <answer uz>{period} uchun yalpi foyda: **{total:profit}**. Eng koʻp foyda — {first:branch}: {first:profit}, marja {first:margin}.</answer uz>
SELECT branch, SUM(amount) AS revenue, SUM(profit) AS profit, ROUND(100.0 * SUM(profit) / SUM(amount), 1) AS margin
FROM sales
WHERE order_date >= :period_from AND order_date < :period_to
GROUP BY branch
ORDER BY profit DESC, branch;
